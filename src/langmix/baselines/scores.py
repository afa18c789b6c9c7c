"""Baselines that rescale scores: by what is usual between two languages, or around a candidate."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from langmix.baselines.parallel_embeddings import Fit
from langmix.collection import Collection
from langmix.errors import LangmixError
from langmix.scoring.scores import Embeddings, Scoring

_ROWS = 4096  # of candidates at a time


def score_standardisation(collection: Collection, queries: Embeddings, candidates: Embeddings, fit: Fit) -> Scoring:
    """Put scores on one scale over candidate languages: (s - m) / sd.

    m and sd are mean and standard deviation of the scores between the fitting texts' questions in the query's language
    and passages in the candidate's language that do not belong together. The order within one language stays.

    Args:
        collection: What to rank.
        queries: ``[queries, dim]``.
        candidates: ``[candidates, dim]``.
        fit: Gives the embeddings of the texts to be fitted on.
    """
    of_queries, of_passages = fit().stacked(collection)
    languages, pairs, _ = of_queries.shape
    means, deviations = (np.empty((languages, languages), np.float32) for _ in range(2))
    apart = ~np.eye(pairs, dtype=bool)
    for query in range(languages):
        for passage in range(languages):
            scores = (of_queries[query] @ of_passages[passage].T)[apart]
            means[query, passage], deviations[query, passage] = scores.mean(), scores.std()

    def adjust(
        scores: npt.NDArray[np.float32], query_languages: npt.NDArray[np.int64], bounds: npt.NDArray[np.int64]
    ) -> None:
        for language in range(languages):
            own = scores[:, bounds[language] : bounds[language + 1]]
            own -= means[query_languages, language][:, None]
            own /= deviations[query_languages, language][:, None]

    return Scoring(queries, candidates, adjust)


def csls(
    collection: Collection, queries: Embeddings, candidates: Embeddings, fit: Fit, neighbours: int = 10
) -> Scoring:
    """Lower the scores of candidates that are near to every question: 2 s - r(query) - r(candidate).

    r(candidate) is the mean of its highest scores with the fitting texts' questions in all languages, r(query) that of
    the query's highest scores: cross-domain similarity local scaling (Conneau et al. 2018, arXiv 1710.04087), for
    retrieval across languages in arXiv 2605.26575. The latter is the same for all candidates and changes no rank.
    There, neighbours of candidates are the questions that are evaluated; here they are others.

    Args:
        collection: What to rank.
        queries: ``[queries, dim]``.
        candidates: ``[candidates, dim]``.
        fit: Gives the embeddings of the texts to be fitted on.
        neighbours: How many scores are a neighbourhood.

    Raises:
        LangmixError: There are not so many questions or candidates.
    """
    questions = np.concatenate(fit().stacked(collection)[0])
    most = min(len(questions), len(candidates))
    if not 1 <= neighbours <= most:
        raise LangmixError(f"baseline.neighbours={neighbours}: must be a whole number from 1 to {most}")
    near = np.concatenate([_highest(block @ questions.T, neighbours) for block in _blocks(candidates)])

    def adjust(
        scores: npt.NDArray[np.float32], query_languages: npt.NDArray[np.int64], bounds: npt.NDArray[np.int64]
    ) -> None:
        own = _highest(scores, neighbours)
        scores *= 2
        scores -= near
        scores -= own[:, None]

    return Scoring(queries, candidates, adjust)


def _highest(scores: npt.NDArray[np.float32], count: int) -> npt.NDArray[np.float32]:
    """Mean of the highest scores of each row, ``[rows]``."""
    highest = np.partition(scores, -count, axis=1)[:, -count:]
    return np.asarray(highest.mean(axis=1), dtype=np.float32)


def _blocks(embeddings: Embeddings) -> Iterator[Embeddings]:
    return (embeddings[start : start + _ROWS] for start in range(0, len(embeddings), _ROWS))
