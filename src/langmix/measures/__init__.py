"""Effectiveness and language bias, computed from ranks."""

from langmix.measures.registry import Measure, measure

__all__ = ["Measure", "measure"]
