"""The score matrix of a benchmark, of which only one block of queries exists at a time."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from langmix.benchmark import Benchmark
from langmix.errors import LangmixError

SCORES_PER_BLOCK = 16_000_000  # 64 MB of float32: large enough for the matrix product, small beside the texts

Embeddings = npt.NDArray[np.float32]

# Changes a block of scores in place: scores [block, candidates], the queries' languages [block], and where each
# language's candidates begin, [languages + 1].
Adjust = Callable[[npt.NDArray[np.float32], npt.NDArray[np.int64], npt.NDArray[np.int64]], None]


class Scoring(NamedTuple):
    """How the scores of a benchmark come about: inner products of embeddings, which may then be adjusted.

    Attributes:
        queries: ``[queries, dim]``, in the benchmark's order.
        candidates: ``[candidates, dim]``, likewise.
        adjust: Applied to each block of scores.
    """

    queries: Embeddings
    candidates: Embeddings
    adjust: Adjust | None = None


def language_bounds(benchmark: Benchmark) -> npt.NDArray[np.int64]:
    """Where each language's candidates begin, and where the last one's end: ``[languages + 1]``."""
    return np.searchsorted(benchmark.candidate_languages, np.arange(len(benchmark.languages) + 1))


def blocks(benchmark: Benchmark, scoring: Scoring) -> Iterator[tuple[slice, npt.NDArray[np.float32]]]:
    """The score matrix, some queries after the other, as (which queries, scores ``[block, candidates]``).

    All blocks share one piece of memory: a block is gone when the next is asked for.

    Raises:
        LangmixError: Shapes do not fit the benchmark, or an embedding or an adjusted score is not finite.
    """
    queries, candidates, adjust = scoring
    _check(benchmark, "query", queries, len(benchmark.query_ids))
    _check(benchmark, "candidate", candidates, len(benchmark.candidate_ids))
    bounds = language_bounds(benchmark)
    size = max(1, SCORES_PER_BLOCK // len(candidates))
    scores = np.empty((size, len(candidates)), np.float32)
    for start in range(0, len(queries), size):
        rows = slice(start, min(start + size, len(queries)))
        block = scores[: rows.stop - start]
        np.matmul(queries[rows], candidates.T, out=block)
        if adjust:
            adjust(block, benchmark.query_languages[rows], bounds)
            finite = np.isfinite(block).all(axis=1)
            if not finite.all():
                query = benchmark.query_ids[start + int(finite.argmin())]
                raise LangmixError(f"{benchmark.name}: query {query}: an adjusted score is not finite")
        yield rows, block


def _check(benchmark: Benchmark, side: str, embeddings: Embeddings, texts: int) -> None:
    if len(embeddings) != texts:
        raise LangmixError(f"{benchmark.name}: {len(embeddings)} {side} embeddings for {texts} texts")
    finite = np.isfinite(embeddings).all(axis=1)
    if not finite.all():
        raise LangmixError(f"{benchmark.name}: the embedding of {side} {int(finite.argmin())} is not finite")
