"""The score matrix of a collection, of which only one block of queries exists at a time."""

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from langmix.collection import Collection
from langmix.errors import LangmixError

SCORES_PER_BLOCK = 4_000_000  # 16 MB of float32: large enough for the matrix product, small for the caches
MOST_WORKERS = 16  # so that the blocks of all cores together stay below 256 MB

Embeddings = npt.NDArray[np.float32]

# Changes a block of scores in place: scores [block, candidates], the queries' languages [block], and where each
# language's candidates begin, [languages + 1].
Adjust = Callable[[npt.NDArray[np.float32], npt.NDArray[np.int64], npt.NDArray[np.int64]], None]


# Reads a block: which queries, and their scores [block, candidates].
Reader = Callable[[slice, npt.NDArray[np.float32]], None]


class Scoring(NamedTuple):
    """How the scores of a collection come about: inner products of embeddings, which may then be adjusted.

    Attributes:
        queries: ``[queries, dim]``, in the collection's order.
        candidates: ``[candidates, dim]``, likewise.
        adjust: Applied to each block of scores.
    """

    queries: Embeddings
    candidates: Embeddings
    adjust: Adjust | None = None


def language_bounds(collection: Collection) -> npt.NDArray[np.int64]:
    """Where each language's candidates begin, and where the last one's end: ``[languages + 1]``."""
    return np.searchsorted(collection.candidate_languages, np.arange(len(collection.languages) + 1))


def read_scores(collection: Collection, scoring: Scoring, *readers: Reader) -> None:
    """Hand the whole score matrix to ``readers``, one block of queries after the other.

    Each core multiplies and reads blocks of its own, so a block is read while it is still in the cache, and no core
    waits for another. Blocks have one size whatever the number of cores, so that the last bits do not depend on it.

    Args:
        collection: What is searched.
        scoring: How its scores come about.
        readers: Called with (queries of the block, scores ``[block, candidates]``), from several threads, at most once
            for each query. The scores are overwritten afterwards.

    Raises:
        LangmixError: Shapes do not fit the collection, or an embedding or an adjusted score is not finite.
    """
    queries, candidates, adjust = scoring
    _check(collection, "query", queries, len(collection.query_ids))
    _check(collection, "candidate", candidates, len(collection.candidate_ids))
    bounds = language_bounds(collection)
    size = max(1, SCORES_PER_BLOCK // len(candidates))
    memory = threading.local()

    def read(start: int) -> None:
        rows = slice(start, min(start + size, len(queries)))
        if not hasattr(memory, "scores"):
            memory.scores = np.empty((size, len(candidates)), np.float32)
        scores = memory.scores[: rows.stop - start]
        np.matmul(queries[rows], candidates.T, out=scores)
        if adjust:
            adjust(scores, collection.query_languages[rows], bounds)
            finite = np.isfinite(scores).all(axis=1)
            if not finite.all():
                query = collection.query_ids[start + int(finite.argmin())]
                raise LangmixError(f"{collection.name}: query {query}: an adjusted score is not finite")
        for reader in readers:
            reader(rows, scores)

    workers = min(len(os.sched_getaffinity(0)), MOST_WORKERS)
    with threadpool_limits(limits=1, user_api="blas"), ThreadPoolExecutor(workers) as pool:
        for _ in pool.map(read, range(0, len(queries), size)):
            pass


def _check(collection: Collection, side: str, embeddings: Embeddings, texts: int) -> None:
    if len(embeddings) != texts:
        raise LangmixError(f"{collection.name}: {len(embeddings)} {side} embeddings for {texts} texts")
    finite = np.isfinite(embeddings).all(axis=1)
    if not finite.all():
        raise LangmixError(f"{collection.name}: the embedding of {side} {int(finite.argmin())} is not finite")
