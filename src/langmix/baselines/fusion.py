"""Baselines that search each language by itself and merge the lists."""

import itertools

import numpy as np
import numpy.typing as npt

from langmix.baselines.parallel_embeddings import Fit
from langmix.collection import Collection
from langmix.errors import LangmixError
from langmix.scoring.scores import Embeddings, Scoring

LARGEST = 2**24  # whole numbers below are exact in float32


def round_robin(collection: Collection, queries: Embeddings, candidates: Embeddings, fit: Fit) -> Scoring:
    """First the best candidate of every language, then the second best, and so on.

    Within a round the query's own language comes first, then the others in the collection's order. Reciprocal rank
    fusion, 1 / (k + rank) (Cormack, Clarke and Buettcher 2009, SIGIR), is the same order whatever k: the lists share no
    candidate, so a candidate's sum has one term and falls with its rank. Where every language holds one answer, as in
    XQuAD-R, taking turns has the advantage of knowing so.

    Args:
        collection: What to rank.
        queries: ``[queries, dim]``.
        candidates: ``[candidates, dim]``.
        fit: Not used.

    Raises:
        LangmixError: A language has too many candidates for places to be exact in float32.
    """
    languages = len(collection.languages)
    longest = int(np.bincount(collection.candidate_languages).max())
    if longest * (languages + 1) >= LARGEST:
        raise LangmixError(f"round_robin: {longest} candidates in one language are more than its scores can number")

    def adjust(
        scores: npt.NDArray[np.float32], query_languages: npt.NDArray[np.int64], bounds: npt.NDArray[np.int64]
    ) -> None:
        for language, (start, stop) in enumerate(itertools.pairwise(bounds)):
            own = scores[:, start:stop]
            best_first = np.argsort(-own, axis=1, kind="stable")
            turn = np.where(query_languages == language, 0, language + 1).astype(np.float32)
            rounds = np.arange(stop - start, dtype=np.float32)
            np.put_along_axis(own, best_first, -(rounds[None, :] * (languages + 1) + turn[:, None]), axis=1)

    return Scoring(queries, candidates, adjust)


def z_score(collection: Collection, queries: Embeddings, candidates: Embeddings, fit: Fit) -> Scoring:
    """Standardise each query's scores within each language's list, then merge by them.

    s' = (s - mean of the list) / standard deviation of the list. Unlike `langmix.baselines.score_standardisation` it
    needs no fitting, but the whole list.

    Args:
        collection: What to rank.
        queries: ``[queries, dim]``.
        candidates: ``[candidates, dim]``.
        fit: Not used.
    """

    def adjust(
        scores: npt.NDArray[np.float32], query_languages: npt.NDArray[np.int64], bounds: npt.NDArray[np.int64]
    ) -> None:
        for start, stop in itertools.pairwise(bounds):
            own = scores[:, start:stop]
            if start == stop:  # a language of queries alone
                continue
            own -= own.mean(axis=1, keepdims=True)
            own /= np.maximum(own.std(axis=1, keepdims=True), np.finfo(np.float32).tiny)

    return Scoring(queries, candidates, adjust)
