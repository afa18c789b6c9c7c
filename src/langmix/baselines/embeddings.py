"""Baselines that move embeddings: what a language adds to every text of it is taken away."""

import numpy as np

from langmix.baselines.parallel_embeddings import Fit, normalised
from langmix.collection import Collection
from langmix.errors import LangmixError
from langmix.scoring.scores import Embeddings, Scoring


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
    collection: Collection, queries: Embeddings, candidates: Embeddings, fit: Fit, pivot: str = "en"
) -> Scoring:
    """Shift each candidate by the mean difference between its language and a pivot language over parallel passages.

    c' = c + mean_i(p_i[pivot] - p_i[language of c]), scaled to length 1. Only the index changes; queries stay as they
    are, so a search engine can apply it once, when it builds its index.

    Args:
        collection: What to rank.
        queries: ``[queries, dim]``.
        candidates: ``[candidates, dim]``.
        fit: Gives the embeddings of the texts to be fitted on.
        pivot: Language that all candidates are moved to; must be one of the collection's.

    Raises:
        LangmixError: The pivot is not a language of the collection.
    """
    if pivot not in collection.languages:
        have = " ".join(collection.languages)
        raise LangmixError(f"baseline.pivot={pivot}: not a language of {collection.name} (has: {have})")
    _, passages = fit().stacked(collection)
    offsets = (passages[collection.languages.index(pivot)] - passages).mean(axis=1)
    return Scoring(queries, normalised(np.add(candidates, offsets[collection.candidate_languages])))
