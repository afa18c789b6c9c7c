"""No hard negatives."""

from langmix.corpus import ParallelCorpus


def none(corpus: ParallelCorpus, seed: int) -> None:
    """Queries have the other passages of their batch for negatives, and no further ones."""
