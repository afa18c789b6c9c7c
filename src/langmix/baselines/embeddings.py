"""Baselines that move embeddings: what a language adds to every text of it is taken away."""

import numpy as np

from langmix.baselines.parallel_embeddings import Fit, normalised
from langmix.collection import Collection
from langmix.errors import LangmixError
from langmix.scoring.scores import Embeddings, Scoring

_FARTHEST = 2


def mean_removal(collection: Collection, queries: Embeddings, candidates: Embeddings, fit: Fit) -> Scoring:
    """Subtract from each text the mean embedding of its language and side, then scale to length 1.

    e' = (e - m) / |e - m|,  m = mean of the fitting texts' embeddings in e's language and on e's side. Language
    identity is largely a constant vector per language (Libovicky et al. 2020, Findings of EMNLP, arXiv 2004.05160).

    Args:
        collection: What to rank.
        queries: ``[queries, dim]``.
        candidates: ``[candidates, dim]``.
        fit: Gives the embeddings of the texts to be fitted on.
    """
    of_queries, of_passages = (side.mean(axis=1) for side in fit().stacked(collection))
    return Scoring(
        normalised(queries - of_queries[collection.query_languages]),
        normalised(candidates - of_passages[collection.candidate_languages]),
    )


def language_offset(
    collection: Collection,
    queries: Embeddings,
    candidates: Embeddings,
    fit: Fit,
    pivot: str = "en",
    alpha: float = 1.0,
) -> Scoring:
    """Shift each candidate by the mean difference between its language and a pivot language over parallel passages.

    c' = c + alpha mean_i(p_i[pivot] - p_i[language of c]), scaled to length 1. SHIFT (arXiv 2606.18801) moves
    embeddings before they have length 1, and chooses alpha on a grid. Only the index changes; queries stay as they are,
    so a search engine can apply it once, when it builds its index.

    Args:
        collection: What to rank.
        queries: ``[queries, dim]``.
        candidates: ``[candidates, dim]``.
        fit: Gives the embeddings of the texts to be fitted on.
        pivot: Language that all candidates are moved to; must be one of the collection's.
        alpha: How far, above 0; 1 for all the way.

    Raises:
        LangmixError: The pivot is not a language of the collection, or alpha is out of range.
    """
    if pivot not in collection.languages:
        have = " ".join(collection.languages)
        raise LangmixError(f"baseline.pivot={pivot}: not a language of {collection.name} (has: {have})")
    if not 0 < alpha <= _FARTHEST:
        raise LangmixError(f"baseline.alpha={alpha:g}: must be a number above 0, up to {_FARTHEST}")
    _, passages = fit().stacked(collection)
    offsets = (passages[collection.languages.index(pivot)] - passages).mean(axis=1) * np.float32(alpha)
    return Scoring(queries, normalised(np.add(candidates, offsets[collection.candidate_languages])))
