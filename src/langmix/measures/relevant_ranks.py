"""The ranks at which one ranked list holds its relevant candidates, for many lists at once."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class RelevantRanks:
    """Ranks of the relevant candidates of many ranked lists, best first within a list.

    Attributes:
        ranks: From 1, all lists one after the other, ``[relevant]``; distinct within a list.
        starts: Where each list begins in `ranks`, ``[lists]``, strictly ascending: every list has a relevant candidate.
        grades: Grade of each relevant candidate in the order of `ranks`, ``[relevant]``, from 1; None: all are 1.
    """

    ranks: npt.NDArray[np.int64]
    starts: npt.NDArray[np.int64]
    grades: npt.NDArray[np.int64] | None = None

    @classmethod
    def group(
        cls, keys: npt.NDArray[np.int64], ranks: npt.NDArray[np.int64], grades: npt.NDArray[np.int64] | None = None
    ) -> tuple["RelevantRanks", npt.NDArray[np.int64]]:
        """Gather ``ranks [n]`` and ``grades [n]`` into a list per distinct key of ``keys [n]``, by ascending key.

        Returns:
            The lists, and for each position of ``RelevantRanks.ranks`` the index it had in ``ranks``.
        """
        order = np.lexsort((ranks, keys))
        _, starts = np.unique(keys[order], return_index=True)
        return cls(ranks[order], starts, None if grades is None else grades[order]), order

    @property
    def sizes(self) -> npt.NDArray[np.int64]:
        """Relevant candidates of each list, ``[lists]``."""
        return np.diff(self.starts, append=len(self.ranks))

    @property
    def positions(self) -> npt.NDArray[np.int64]:
        """1 for a list's best relevant candidate, 2 for its next, and so on, ``[relevant]``."""
        return np.arange(len(self.ranks)) - np.repeat(self.starts, self.sizes) + 1

    @property
    def list_of(self) -> npt.NDArray[np.int64]:
        """The list each relevant candidate belongs to, ``[relevant]``."""
        return np.repeat(np.arange(len(self.starts)), self.sizes)

    def total(self, values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Sum of ``values [relevant]`` over each list, ``[lists]``."""
        return np.add.reduceat(values, self.starts)

    def mean(self, values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Mean of ``values [relevant]`` over each list, ``[lists]``."""
        return self.total(values) / self.sizes
