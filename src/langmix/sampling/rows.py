"""Sets of rows of a corpus of any size, as one bit per row."""

from dataclasses import dataclass
from hashlib import sha256

import numpy as np
import numpy.typing as npt

from langmix.corpus import ParallelCorpus

_BLOCK = 64  # bytes of bits that are counted together


class Texts:
    """Which texts of a corpus exist, in an eighth of the memory of booleans.

    Args:
        corpus: The corpus.
        side: "query" or "passage".
    """

    def __init__(self, corpus: ParallelCorpus, side: str) -> None:
        packed = [np.packbits(corpus.exists(side, language), bitorder="little") for language in corpus.languages]
        self.bits: npt.NDArray[np.uint8] = np.stack(packed)  # [languages, bytes]

    def exist(self, rows: npt.NDArray[np.int64], languages: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """Whether ``rows [n]`` have their text in ``languages [m]``: bool ``[n, m]``."""
        bytes_ = self.bits[languages, (rows >> 3)[:, None]]
        found: npt.NDArray[np.bool_] = (bytes_ >> (rows & 7)[:, None] & 1).astype(np.bool_)
        return found


@dataclass(frozen=True)
class Rows:
    """Some of the rows ``start`` to ``stop`` of a corpus, in their order.

    Attributes:
        start: First row that may be among them.
        size: How many they are.
        digest: Equal for equal sets of rows.
    """

    start: int
    size: int
    digest: bytes
    _bits: npt.NDArray[np.uint8]  # from the byte that `start` is in
    _before: npt.NDArray[np.int64]  # rows before each block of bytes
    _all: bool

    @classmethod
    def of(cls, bits: npt.NDArray[np.uint8], within: range) -> "Rows":
        """The rows ``within`` a range whose bit in ``bits`` (little-endian, one per row of the corpus) is set."""
        first, stop = within.start >> 3, (within.stop + 7) >> 3
        part = np.zeros(-(-max(stop - first, 1) // _BLOCK) * _BLOCK, np.uint8)
        if stop > first:
            part[: stop - first] = bits[first:stop]
            part[0] &= 0xFF << (within.start & 7) & 0xFF
            part[stop - first - 1] &= 0xFF >> (-within.stop & 7)
        counts = np.bitwise_count(part.view(np.uint64)).reshape(-1, _BLOCK // 8).sum(axis=1, dtype=np.int64)
        before = np.concatenate([[0], np.cumsum(counts)])
        digest = sha256(part.data).digest() + within.start.to_bytes(8, "little")
        size = int(before[-1])
        return cls(within.start, size, digest, part, before[:-1], size == len(within))

    def at(self, positions: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """The rows at ``positions [n]``, each in ``range(size)``."""
        if self._all:
            return self.start + positions
        block = np.searchsorted(self._before, positions, side="right") - 1
        bits = np.unpackbits(self._bits.reshape(-1, _BLOCK)[block], axis=1, bitorder="little")
        # The row wanted is where the count first passes what stands before it.
        bit = (np.cumsum(bits, axis=1, dtype=np.int64) > (positions - self._before[block])[:, None]).argmax(axis=1)
        row: npt.NDArray[np.int64] = (self.start >> 3 << 3) + block * (_BLOCK * 8) + bit
        return row
