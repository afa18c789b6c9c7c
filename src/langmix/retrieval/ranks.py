"""Full-depth ranks of every relevant candidate, counted from blocks of exact scores."""

from collections.abc import Callable
from dataclasses import dataclass

import numba
import numpy as np
import numpy.typing as npt

from langmix.benchmark import Benchmark
from langmix.errors import LangmixError

SCORES_PER_BLOCK = 16_000_000  # 64 MB of float32: large enough for the matrix product, small beside the texts


@dataclass(frozen=True)
class Ranks:
    """Rank of each judgement of a benchmark (row of ``Benchmark.relevant``), from 1, over all candidates.

    Candidates are ordered by falling score; equal scores by their index in the benchmark, lower first.

    Attributes:
        in_language: Among the candidates of the relevant candidate's own language, ``[judgements]``.
        in_pool: Among the candidates of all languages together, ``[judgements]``.
    """

    in_language: npt.NDArray[np.int64]
    in_pool: npt.NDArray[np.int64]


# Changes a block of scores in place: scores [block, candidates], the queries' languages [block], and where each
# language's candidates begin, [languages + 1].
Adjust = Callable[[npt.NDArray[np.float32], npt.NDArray[np.int64], npt.NDArray[np.int64]], None]


def rank(
    benchmark: Benchmark,
    queries: npt.NDArray[np.float32],
    candidates: npt.NDArray[np.float32],
    adjust: Adjust | None = None,
) -> Ranks:
    """Rank every relevant candidate of every query by the inner product of their embeddings.

    A rank is 1 + the candidates that score higher + those that score the same and come earlier: nothing is sorted and
    nothing is cut off. Scores exist one block of queries at a time.

    Args:
        benchmark: What to rank; the rows of the embeddings follow its order.
        queries: ``[queries, dim]``.
        candidates: ``[candidates, dim]``.
        adjust: Applied to each block of scores before it is ranked.

    Raises:
        LangmixError: Shapes do not fit the benchmark, or an embedding is not finite.
    """
    check_embeddings(benchmark, "query", queries, len(benchmark.query_ids))
    check_embeddings(benchmark, "candidate", candidates, len(benchmark.candidate_ids))
    bounds = np.searchsorted(benchmark.candidate_languages, np.arange(len(benchmark.languages) + 1))
    query_of, candidate_of = benchmark.relevant.T
    ranks = Ranks(np.empty(len(query_of), np.int64), np.empty(len(query_of), np.int64))
    block = max(1, SCORES_PER_BLOCK // len(candidates))
    scores = np.empty((block, len(candidates)), np.float32)
    for start in range(0, len(queries), block):
        stop = min(start + block, len(queries))
        np.matmul(queries[start:stop], candidates.T, out=scores[: stop - start])
        if adjust:
            adjust(scores[: stop - start], benchmark.query_languages[start:stop], bounds)
        judged = slice(*np.searchsorted(query_of, [start, stop]))
        _count(
            scores,
            query_of[judged] - start,
            candidate_of[judged],
            bounds,
            benchmark.candidate_languages[candidate_of[judged]],
            ranks.in_language[judged],
            ranks.in_pool[judged],
        )
    return ranks


def check_embeddings(benchmark: Benchmark, side: str, embeddings: npt.NDArray[np.float32], texts: int) -> None:
    """Refuse embeddings ``[n, dim]`` that are not one finite row per text.

    Raises:
        LangmixError: Another number of rows, or a value that is not finite.
    """
    if len(embeddings) != texts:
        raise LangmixError(f"{benchmark.name}: {len(embeddings)} {side} embeddings for {texts} texts")
    finite = np.isfinite(embeddings).all(axis=1)
    if not finite.all():
        raise LangmixError(f"{benchmark.name}: the embedding of {side} {int(finite.argmin())} is not finite")


@numba.njit(parallel=True, cache=True)
def _count(scores, query_of, candidate_of, bounds, language_of, in_language, in_pool):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Write the ranks of judgements ``[n]`` read off ``scores [block, candidates]``."""
    for judgement in numba.prange(len(query_of)):
        row = scores[query_of[judgement]]
        own, language = candidate_of[judgement], language_of[judgement]
        start, stop = bounds[language], bounds[language + 1]
        score = row[own]
        # Split at the relevant candidate and at its language, so that each count is one comparison in a plain loop.
        rank = 1 + _at_least(row[start:own], score) + _above(row[own + 1 : stop], score)
        in_language[judgement] = rank
        in_pool[judgement] = rank + _at_least(row[:start], score) + _above(row[stop:], score)


@numba.njit(inline="always")
def _above(scores, score):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """How many of ``scores [n]`` are higher than ``score``."""
    count = np.int32(0)  # as wide as a score: a wider count would halve the comparisons in a vector register
    for other in range(len(scores)):
        count = np.int32(count + np.int32(scores[other] > score))
    return count


@numba.njit(inline="always")
def _at_least(scores, score):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """How many of ``scores [n]`` are as high as ``score``, or higher."""
    count = np.int32(0)
    for other in range(len(scores)):
        count = np.int32(count + np.int32(scores[other] >= score))
    return count
