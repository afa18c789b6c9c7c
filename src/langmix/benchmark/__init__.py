"""Retrieval test collections."""

from langmix.benchmark.benchmark import Benchmark

__all__ = ["Benchmark"]
