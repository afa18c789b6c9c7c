"""Rows that are walked through together, pass after pass, each pass in a new random order."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from langmix.sampling.permutation import Permutation
from langmix.sampling.rows import Rows


@dataclass(frozen=True)
class Stream:
    """Rows of one or several corpora in an endless order.

    A pass has a fixed number of places for each corpus and shuffles all places. Where a corpus has fewer places than
    rows, it gives other rows to every pass until it runs out of new ones, and then starts over in a new order. So a
    pair never repeats within a pass, whatever the shares.

    Attributes:
        number: Tells the streams of a sampler apart.
        corpora: Rows of each corpus.
        places: How many of them are in a pass, at least 1 each, ``[corpora]``.
    """

    number: int
    corpora: tuple[Rows, ...]
    places: tuple[int, ...]

    @property
    def size(self) -> int:
        """Rows in a pass."""
        return sum(self.places)

    def rows(self, seed: int, one_pass: int, positions: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """The rows at ``positions [n]`` (each below `size`) of a pass, all different."""
        places = Permutation(self.size, (seed, self.number, one_pass))(positions)
        rows = np.empty_like(places)
        for number, (start, stop) in enumerate(pairwise([0, *np.cumsum(self.places).tolist()])):
            mine = (places >= start) & (places < stop)
            if mine.any():
                rows[mine] = self._rows_of(number, seed, one_pass, places[mine] - start)
        return rows

    def _rows_of(self, number: int, seed: int, one_pass: int, places: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        rows, per_pass = self.corpora[number], self.places[number]
        if rows.size == per_pass:
            return rows.at(places)
        start_over, block = divmod(one_pass, rows.size // per_pass)
        # 1 + number, as a key that ends in zero is the key without it: that of the pass.
        order = Permutation(rows.size, (seed, self.number, start_over, 1 + number))
        return rows.at(order(block * per_pass + places))


def places(sizes: Sequence[int], shares: npt.NDArray[np.float64]) -> tuple[int, ...]:
    """Places in a pass: in proportion to ``shares [corpora]``, as many as there are without repeating a row.

    Args:
        sizes: Rows of each corpus, at least 1.
        shares: Share of each corpus.
    """
    ample = np.array(sizes) / shares
    return tuple(max(1, round(share * ample.min())) for share in shares.tolist())
