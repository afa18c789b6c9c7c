"""Full-depth ranks of every relevant candidate, counted from blocks of exact scores."""

from dataclasses import dataclass

import numba
import numpy as np
import numpy.typing as npt

from langmix.collection import Collection
from langmix.scoring.scores import TILE, Scoring, language_bounds

_LIKELY = 8.0  # roots of n


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
    nothing is cut off. Where a block holds a tile of the candidates, a judgement's own score may come after those it
    is compared with. It is then known up to the rounding of a product; what scores within that is put aside, and
    compared at the end.

    Args:
        collection: What is searched.
        scoring: How its scores come about.
        certain: Whether what is put aside is all that rounding can reach, and not all that it ever does.
    """

    def __init__(self, collection: Collection, scoring: Scoring, *, certain: bool = False) -> None:
        judgements = len(collection.relevant)
        query_of, candidate_of = collection.relevant.T
        self._of = np.stack([query_of, candidate_of, collection.candidate_languages[candidate_of]])
        self._bounds = language_bounds(collection)
        self._counts = np.zeros((3, judgements), np.int64)  # rank in language and in pool, and how many were put aside
        self._tied = np.zeros(judgements, np.bool_)
        self._score = np.empty(judgements, np.float32)
        whole = scoring.tile >= len(collection.candidate_ids)
        anything = np.full((2, judgements), [[-np.inf], [np.inf]], np.float32)
        self._about = anything if whole else _about(collection, scoring, certain=certain)
        self._near: list[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.float32]]] = []

    def read(self, rows: slice, columns: slice, scores: npt.NDArray[np.float32]) -> None:
        """Count among the candidates ``columns`` for the queries ``rows``."""
        judged = slice(*np.searchsorted(self._of[0], [rows.start, rows.stop]))
        of = self._of[:, judged] - [[rows.start], [columns.start], [0]]
        about, counts = self._about[:, judged], self._counts[:, judged]
        _count(scores, columns.start, self._bounds, of, about, self._score[judged], counts, self._tied[judged])
        if counts[2].any():
            judgement = np.repeat(np.arange(judged.start, judged.stop), counts[2])
            self._near.append((judgement, *_gathered(scores, columns.start, of[0], about, counts[2])))

    @property
    def certain(self) -> bool:
        """Whether the ranks are exact: no score has turned out to lie beyond what was put aside."""
        low, high = self._about
        return bool(((low <= self._score) & (self._score <= high)).all())

    @property
    def found(self) -> Ranks:
        """The ranks, complete when all blocks have been read."""
        in_language, in_pool, _ = self._counts
        if not self._near:
            return Ranks(in_language, in_pool, self._tied)
        judgement, other, score = (np.concatenate(parts) for parts in zip(*self._near, strict=True))
        own, count = self._score[judgement], len(self._score)
        equal = score == own
        above = (score > own) | (equal & (other < self._of[1, judgement]))
        same = np.searchsorted(self._bounds, other, side="right") - 1 == self._of[2, judgement]
        return Ranks(
            in_language + np.bincount(judgement[above & same], minlength=count),
            in_pool + np.bincount(judgement[above], minlength=count),
            self._tied | (np.bincount(judgement[equal], minlength=count) > 0),
        )


def _about(collection: Collection, scoring: Scoring, *, certain: bool) -> npt.NDArray[np.float32]:
    """Between what the score of each judgement is, however a product adds up, ``[2, judgements]``.

    In whatever order, a sum of n products has an error of at most n u |q| |c| to first order in the unit roundoff u =
    2^-24 (Higham 2002, equation 3.5), doubled here to be ``certain``; of rounding errors that are independent it is of
    the order of the root of n (Higham and Mary 2019, DOI 10.1137/18M1226312).
    """
    queries, candidates, _ = scoring
    dim = queries.shape[1]
    share = (2 * dim if certain else _LIKELY * dim**0.5) * 2.0**-24
    about = np.empty((2, len(collection.relevant)), np.float32)
    for start in range(0, len(collection.relevant), TILE):
        query_of, candidate_of = collection.relevant[start : start + TILE].T
        asked, answer = queries[query_of], np.asarray(candidates[candidate_of])
        score = np.einsum("ij,ij->i", asked, answer, dtype=np.float64)
        error = share * np.linalg.norm(asked, axis=1) * np.linalg.norm(answer, axis=1)
        about[0, start : start + TILE] = np.nextafter((score - error).astype(np.float32), np.float32(-np.inf))
        about[1, start : start + TILE] = np.nextafter((score + error).astype(np.float32), np.float32(np.inf))
    return about


@numba.njit(nogil=True, cache=True)
def _count(scores, first, bounds, of, about, own_score, counts, tied):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Add to the ranks of judgements ``[n]`` what ``scores [block, candidates]`` say, from candidate ``first`` on.

    ``of`` holds each judgement's query and candidate, as places in the block, and the candidate's language. Where the
    candidate is among them, its score is written; elsewhere ``counts[2]`` says how many are ``about`` as high and not
    counted.
    """
    width = scores.shape[1]
    in_language, in_pool, near = counts
    for judgement in range(of.shape[1]):
        query, own, language = of[:, judgement]
        row = scores[query]
        start, stop = max(bounds[language] - first, 0), min(bounds[language + 1] - first, width)
        start, stop = min(start, width), max(stop, 0)
        if 0 <= own < width:
            score = row[own]
            # Split at the relevant candidate and at its language, so that each count is a comparison in a plain loop.
            before, equal_before = _above(row[start:own], score)
            after, equal_after = _above(row[own + 1 : stop], score)
            ahead, equal_ahead = _above(row[:start], score)
            behind, equal_behind = _above(row[stop:], score)
            own_score[judgement] = score
            in_language[judgement] += 1 + before + equal_before + after
            in_pool[judgement] += 1 + ahead + equal_ahead + before + equal_before + after + behind
            tied[judgement] |= equal_ahead + equal_before + equal_after + equal_behind > 0
            near[judgement] = 0
        else:
            low, high = about[:, judgement]
            inside, near_inside = _beside(row[start:stop], low, high)
            ahead, near_ahead = _beside(row[:start], low, high)
            behind, near_behind = _beside(row[stop:], low, high)
            in_language[judgement] += inside
            in_pool[judgement] += inside + ahead + behind
            near[judgement] = near_inside + near_ahead + near_behind


@numba.njit(nogil=True, cache=True)
def _gathered(scores, first, query_of, about, near):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Which candidates score ``about`` as high, and their scores: two of ``[sum of near]``."""
    others, found = np.empty(near.sum(), np.int64), np.empty(near.sum(), np.float32)
    place = 0
    for judgement in range(len(query_of)):
        if near[judgement]:
            row, low, high = scores[query_of[judgement]], about[0, judgement], about[1, judgement]
            for other in range(len(row)):
                if low <= row[other] <= high:
                    others[place], found[place] = first + other, row[other]
                    place += 1
    return others, found


@numba.njit(inline="always")
def _above(scores, score):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """How many of ``scores [n]`` are higher than ``score``, and how many equal."""
    higher = equal = np.int32(0)  # as wide as a score: a wider count would halve the comparisons in a vector register
    for other in range(len(scores)):
        higher = np.int32(higher + np.int32(scores[other] > score))
        equal = np.int32(equal + np.int32(scores[other] == score))
    return higher, equal


@numba.njit(inline="always")
def _beside(scores, low, high):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """How many of ``scores [n]`` are higher than ``high``, and how many from ``low`` to ``high``."""
    higher = reaching = np.int32(0)
    for other in range(len(scores)):
        higher = np.int32(higher + np.int32(scores[other] > high))
        reaching = np.int32(reaching + np.int32(scores[other] >= low))
    return higher, np.int32(reaching - higher)
