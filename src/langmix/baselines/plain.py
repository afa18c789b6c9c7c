"""No adjustment."""

from langmix.baselines.parallel_embeddings import Embeddings, Fit
from langmix.benchmark import Benchmark
from langmix.retrieval.ranks import Ranks, rank


def none(benchmark: Benchmark, queries: Embeddings, candidates: Embeddings, fit: Fit) -> Ranks:
    """Rank by the embeddings as they are."""
    return rank(benchmark, queries, candidates)
