"""Effectiveness and language bias, computed from ranks."""

from langmix.measures.measure import Measure
from langmix.measures.registry import measure

__all__ = ["Measure", "measure"]
