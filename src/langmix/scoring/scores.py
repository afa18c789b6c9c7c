"""The score matrix of a collection, of which only one block exists at a time."""

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from langmix.collection import Collection
from langmix.errors import LangmixError

SCORES_PER_BLOCK = 4_000_000  # 16 MB of float32: large enough for the matrix product, small for the caches
MOST_WORKERS = 16  # so that the blocks of all cores together stay below 256 MB

WHOLE_ROWS = 131_072
"""Candidates up to which a block holds whole rows of scores.

With more, so few rows would fit that each candidate's embedding were read again for every few queries.
"""

TILE = 8_192  # candidates of a block where there are more: as few queries would be multiplied slowly with many

Embeddings = npt.NDArray[np.float32]

# Changes a block of scores in place: scores [block, candidates], the queries' languages [block], and where each
# language's candidates begin, [languages + 1].
Adjust = Callable[[npt.NDArray[np.float32], npt.NDArray[np.int64], npt.NDArray[np.int64]], None]


# Reads a block: which queries, which candidates, and their scores [queries, candidates].
Reader = Callable[[slice, slice, npt.NDArray[np.float32]], None]


class Scoring(NamedTuple):
    """How the scores of a collection come about: inner products of embeddings, which may then be adjusted.

    Attributes:
        queries: ``[queries, dim]``, in the collection's order.
        candidates: ``[candidates, dim]``, likewise; perhaps on disk.
        adjust: Applied to whole rows of scores.
    """

    queries: Embeddings
    candidates: Embeddings
    adjust: Adjust | None = None

    @property
    def tile(self) -> int:
        """Candidates of a block."""
        return len(self.candidates) if self.adjust or len(self.candidates) <= WHOLE_ROWS else TILE


def language_bounds(collection: Collection) -> npt.NDArray[np.int64]:
    """Where each language's candidates begin, and where the last one's end: ``[languages + 1]``."""
    return np.searchsorted(collection.candidate_languages, np.arange(len(collection.languages) + 1))


def read_scores(collection: Collection, scoring: Scoring, *readers: Reader) -> None:
    """Hand the whole score matrix to ``readers``, one block after the other.

    Each core multiplies and reads blocks of its own, so a block is read while it is still in the cache, and no core
    waits for another. Blocks have one size whatever the number of cores, so that the last bits do not depend on it.
    A pool of more than `WHOLE_ROWS` is read in tiles of candidates, each from disk once.

    Args:
        collection: What is searched.
        scoring: How its scores come about.
        readers: Called with queries, candidates and their scores, from several threads. A query's tiles come in the
            order of the candidates, one after the other. The scores are overwritten afterwards.

    Raises:
        LangmixError: Shapes do not fit the collection, or an embedding or an adjusted score is not finite.
    """
    queries, candidates, adjust = scoring
    _check_count(collection, "query", queries, len(collection.query_ids))
    _check_count(collection, "candidate", candidates, len(collection.candidate_ids))
    _check_finite(collection, "query", queries, 0)
    bounds = language_bounds(collection)
    tile = scoring.tile
    size = max(1, SCORES_PER_BLOCK // tile)
    memory = threading.local()

    def read(start: int, columns: slice, part: Embeddings) -> None:
        rows = slice(start, min(start + size, len(queries)))
        if not hasattr(memory, "scores"):
            memory.scores = np.empty(size * tile, np.float32)
        scores = memory.scores[: (rows.stop - start) * len(part)].reshape(-1, len(part))
        np.matmul(queries[rows], part.T, out=scores)
        if adjust:
            adjust(scores, collection.query_languages[rows], bounds)
            finite = np.isfinite(scores).all(axis=1)
            if not finite.all():
                query = collection.query_ids[start + int(finite.argmin())]
                raise LangmixError(f"{collection.name}: query {query}: an adjusted score is not finite")
        for reader in readers:
            reader(rows, columns, scores)

    workers = min(len(os.sched_getaffinity(0)), MOST_WORKERS)
    with threadpool_limits(limits=1, user_api="blas"), ThreadPoolExecutor(workers) as pool:
        for columns, part in _tiles(collection, candidates, tile):
            for _ in pool.map(partial(read, columns=columns, part=part), range(0, len(queries), size)):
                pass


def _tiles(collection: Collection, candidates: Embeddings, tile: int) -> Iterator[tuple[slice, Embeddings]]:
    """Which candidates, and their embeddings: each tile is read from disk while the one before is looked at."""

    def load(first: int) -> tuple[slice, Embeddings]:
        columns = slice(first, min(first + tile, len(candidates)))
        part = np.array(candidates[columns]) if isinstance(candidates, np.memmap) else candidates[columns]
        _check_finite(collection, "candidate", part, first)
        return columns, part

    with ThreadPoolExecutor(1) as reader:
        ahead = reader.submit(load, 0)
        for following in range(tile, len(candidates) + tile, tile):
            now = ahead.result()
            if following < len(candidates):
                ahead = reader.submit(load, following)
            yield now


def _check_count(collection: Collection, side: str, embeddings: Embeddings, texts: int) -> None:
    if len(embeddings) != texts:
        raise LangmixError(f"{collection.name}: {len(embeddings)} {side} embeddings for {texts} texts")


def _check_finite(collection: Collection, side: str, embeddings: Embeddings, first: int) -> None:
    finite = np.isfinite(embeddings).all(axis=1)
    if not finite.all():
        row = first + int(finite.argmin())
        raise LangmixError(f"{collection.name}: the embedding of {side} {row} is not finite")
