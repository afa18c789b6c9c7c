"""No adjustment."""

from langmix.baselines.parallel_embeddings import Fit
from langmix.collection import Collection
from langmix.scoring.scores import Embeddings, Scoring


def none(collection: Collection, queries: Embeddings, candidates: Embeddings, fit: Fit) -> Scoring:
    """Score by the embeddings as they are."""
    return Scoring(queries, candidates)
