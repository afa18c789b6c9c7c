"""Whether an encoder still tells texts apart."""

import numpy as np

from langmix.scoring.scores import Embeddings

COLLAPSED_COSINE = 0.999
"""Mean cosine above which embeddings are taken to be all the same but for noise."""

COLLAPSED_TIES = 0.99
"""Share of relevant candidates with a tied score above which the same is said of scores."""

_BLOCK = 65_536  # rows looked at at a time, as they may be on disk


def mean_cosine(embeddings: Embeddings) -> float:
    """Mean cosine of all pairs of different rows, from -1 to 1; NaN for fewer than two.

    Over n rows of unit length, (|sum of rows|^2 - n) / (n (n - 1)): no pair is looked at by itself.

    Args:
        embeddings: ``[texts, dim]``, of any length above 0.
    """
    texts = len(embeddings)
    if texts < 2:
        return float("nan")
    total = np.zeros(embeddings.shape[1])
    for start in range(0, texts, _BLOCK):
        part = np.asarray(embeddings[start : start + _BLOCK])
        lengths = np.linalg.norm(part, axis=1, keepdims=True)
        total += np.divide(part, lengths, where=lengths > 0, out=np.zeros_like(part)).sum(axis=0, dtype=np.float64)
    return float((total @ total - texts) / (texts * (texts - 1)))
