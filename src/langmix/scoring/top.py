"""The best candidates of every query in the pool, in exact order."""

from dataclasses import dataclass

import numba
import numpy as np
import numpy.typing as npt

from langmix.collection import Collection
from langmix.errors import LangmixError


@dataclass(frozen=True)
class Top:
    """The k best candidates of each query over all languages together, best first.

    Candidates are ordered as in `langmix.scoring.ranks.Ranks`: by falling score, equal scores by their index in the
    collection, lower first. The candidate in column i has rank i + 1 in the pool.

    Attributes:
        candidates: Indices into the collection's candidates, ``[queries, k]``.
        scores: Their scores, ``[queries, k]``.
    """

    candidates: npt.NDArray[np.int64]
    scores: npt.NDArray[np.float32]

    @property
    def k(self) -> int:
        """Candidates per query."""
        return int(self.candidates.shape[1])

    def relevant(self, judgements: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """Whether each candidate is relevant to its query, ``[queries, k]``.

        Args:
            judgements: Pairs (query index, candidate index), ``[judgements, 2]``.
        """
        most = 1 + max(self.candidates.max(initial=0), judgements[:, 1].max(initial=0))
        found = np.arange(len(self.candidates))[:, None] * most + self.candidates
        return np.isin(found, judgements[:, 0] * most + judgements[:, 1])


class TopWriter:
    """Keeps the best candidates, one block of scores after the other.

    Exact, also where the score at place k occurs more than once: of equal scores the lower indices are kept.

    Attributes:
        found: The best candidates, complete when all blocks have been read.

    Raises:
        LangmixError: ``k`` is below 1 or above the number of candidates.
    """

    def __init__(self, collection: Collection, k: int) -> None:
        queries, candidates = len(collection.query_ids), len(collection.candidate_ids)
        if not 1 <= k <= candidates:
            raise LangmixError(f"{collection.name}: the top {k} of {candidates} candidates (1 to {candidates})")
        self.found = Top(np.empty((queries, k), np.int64), np.empty((queries, k), np.float32))

    def read(self, rows: slice, columns: slice, scores: npt.NDArray[np.float32]) -> None:
        """Search the candidates ``columns`` for the queries ``rows``; those before have been."""
        _select(scores, columns.start, self.found.candidates[rows], self.found.scores[rows])


@numba.njit(nogil=True, cache=True)
def _select(scores, first, best, best_scores):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Put the best of ``scores [block, candidates]`` into ``best`` and ``best_scores``, ``[block, k]``.

    ``first`` candidates have been looked at before; as many of them as there is room for are there.
    """
    k = best.shape[1]
    for query in range(len(scores)):
        row, kept, kept_scores = scores[query], best[query], best_scores[query]
        held = min(k, first)
        for candidate in range(len(row)):
            score = row[candidate]
            # Candidates come in rising index, so one that only equals the last kept, or any, stands behind it.
            if held == k and score <= kept_scores[k - 1]:
                continue
            place = held if held < k else k - 1
            while place > 0 and kept_scores[place - 1] < score:
                kept_scores[place] = kept_scores[place - 1]
                kept[place] = kept[place - 1]
                place -= 1
            kept_scores[place] = score
            kept[place] = first + candidate
            held = min(held + 1, k)
