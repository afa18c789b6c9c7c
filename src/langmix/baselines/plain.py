"""No adjustment."""

from langmix.baselines.parallel_embeddings import Fit
from langmix.benchmark import Benchmark
from langmix.retrieval.scores import Embeddings, Scoring


def none(benchmark: Benchmark, queries: Embeddings, candidates: Embeddings, fit: Fit) -> Scoring:
    """Score by the embeddings as they are."""
    return Scoring(queries, candidates)
