"""Whether an encoder still tells texts apart."""

import numpy as np

from langmix.scoring.scores import Embeddings

COLLAPSED_COSINE = 0.999
"""Mean cosine above which embeddings are taken to be all the same but for noise."""

COLLAPSED_TIES = 0.99
"""Share of relevant candidates with a tied score above which the same is said of scores."""


def mean_cosine(embeddings: Embeddings) -> float:
    """Mean cosine of all pairs of different rows, from -1 to 1; NaN for fewer than two.

    Over n rows of unit length, (|sum of rows|^2 - n) / (n (n - 1)): no pair is looked at by itself.

    Args:
        embeddings: ``[texts, dim]``, of any length above 0.
    """
    texts = len(embeddings)
    if texts < 2:
        return float("nan")
    lengths = np.linalg.norm(embeddings, axis=1, keepdims=True)
    total = np.divide(embeddings, lengths, where=lengths > 0, out=np.zeros_like(embeddings)).sum(
        axis=0, dtype=np.float64
    )
    return float((total @ total - texts) / (texts * (texts - 1)))
