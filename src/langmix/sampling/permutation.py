"""A random order of N things that can be asked for any position, without holding the order in memory."""

import numpy as np
import numpy.typing as npt

_ROUNDS = 6


class Permutation:
    """A keyed bijection of ``range(size)``, evaluated position by position.

    A balanced Feistel network over the smallest even number of bits that covers ``size``; positions that land outside
    are walked on until they fall inside (cycle walking: Black and Rogaway, "Ciphers with arbitrary finite domains",
    CT-RSA 2002). Memory is constant and any position costs the same, so a pass over 40 million pairs starts at once.

    Args:
        size: Number of things, at least 1.
        key: Numbers that select the permutation; equal keys give equal permutations on every machine.
    """

    def __init__(self, size: int, key: tuple[int, ...]) -> None:
        self._size = size
        self._half = np.uint64(max(1, ((size - 1).bit_length() + 1) // 2))
        self._mask = (np.uint64(1) << self._half) - np.uint64(1)
        words = np.random.SeedSequence(key).generate_state(_ROUNDS, np.uint64)
        self._keys: list[np.uint64] = list(words)

    def __call__(self, positions: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """The things at ``positions [n]``, each in ``range(size)``."""
        values = self._network(positions.astype(np.uint64))
        outside = values >= self._size
        while outside.any():
            values[outside] = self._network(values[outside])
            outside = values >= self._size
        return values.astype(np.int64)

    def _network(self, values: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
        left, right = values >> self._half, values & self._mask
        for key in self._keys:
            left, right = right, left ^ (_mix(right ^ key) & self._mask)
        return (left << self._half) | right


def _mix(words: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """The finaliser of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014): every input bit reaches every output bit."""
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return words ^ (words >> np.uint64(31))
