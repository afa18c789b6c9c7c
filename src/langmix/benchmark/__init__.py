"""Retrieval test collections."""

from langmix.benchmark.benchmark import Benchmark, Candidate, Query

__all__ = ["Benchmark", "Candidate", "Query"]
