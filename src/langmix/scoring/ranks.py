"""Full-depth ranks of every relevant candidate, counted from blocks of exact scores."""

from dataclasses import dataclass

import numba
import numpy as np
import numpy.typing as npt

from langmix.collection import Collection
from langmix.scoring.scores import language_bounds


@dataclass(frozen=True)
class Ranks:
    """Rank of each judgement of a collection (row of ``Collection.relevant``), from 1, over all candidates.

    Candidates are ordered by falling score; equal scores by their index in the collection, lower first.

    Attributes:
        in_language: Among the candidates of the relevant candidate's own language, ``[judgements]``.
        in_pool: Among the candidates of all languages together, ``[judgements]``.
        tied: Whether another candidate of the pool has the very same score, ``[judgements]``.
    """

    in_language: npt.NDArray[np.int64]
    in_pool: npt.NDArray[np.int64]
    tied: npt.NDArray[np.bool_]


class RanksWriter:
    """Counts ranks, one block of scores after the other.

    A rank is 1 + the candidates that score higher + those that score the same and come earlier: nothing is sorted and
    nothing is cut off.

    Attributes:
        found: The ranks, complete when all blocks have been read.
    """

    def __init__(self, collection: Collection) -> None:
        judgements = len(collection.relevant)
        self.found = Ranks(
            np.empty(judgements, np.int64), np.empty(judgements, np.int64), np.empty(judgements, np.bool_)
        )
        self._query_of, self._candidate_of = collection.relevant.T
        self._language_of = collection.candidate_languages[self._candidate_of]
        self._bounds = language_bounds(collection)

    def read(self, rows: slice, scores: npt.NDArray[np.float32]) -> None:
        """Count for the queries ``rows``, whose scores are ``[block, candidates]``."""
        judged = slice(*np.searchsorted(self._query_of, [rows.start, rows.stop]))
        _count(
            scores,
            self._query_of[judged] - rows.start,
            self._candidate_of[judged],
            self._bounds,
            self._language_of[judged],
            self.found.in_language[judged],
            self.found.in_pool[judged],
            self.found.tied[judged],
        )


@numba.njit(nogil=True, cache=True)
def _count(scores, query_of, candidate_of, bounds, language_of, in_language, in_pool, tied):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Write the ranks of judgements ``[n]`` read off ``scores [block, candidates]``."""
    for judgement in range(len(query_of)):
        row = scores[query_of[judgement]]
        own, language = candidate_of[judgement], language_of[judgement]
        start, stop = bounds[language], bounds[language + 1]
        score = row[own]
        # Split at the relevant candidate and at its language, so that each count is a comparison in a plain loop.
        before, equal_before = _above(row[start:own], score)
        after, equal_after = _above(row[own + 1 : stop], score)
        first, equal_first = _above(row[:start], score)
        last, equal_last = _above(row[stop:], score)
        in_language[judgement] = 1 + before + equal_before + after
        in_pool[judgement] = 1 + first + equal_first + before + equal_before + after + last
        tied[judgement] = equal_first + equal_before + equal_after + equal_last > 0


@numba.njit(inline="always")
def _above(scores, score):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """How many of ``scores [n]`` are higher than ``score``, and how many equal."""
    higher = equal = np.int32(0)  # as wide as a score: a wider count would halve the comparisons in a vector register
    for other in range(len(scores)):
        higher = np.int32(higher + np.int32(scores[other] > score))
        equal = np.int32(equal + np.int32(scores[other] == score))
    return higher, equal
