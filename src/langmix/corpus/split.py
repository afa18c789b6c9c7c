"""Which pairs are held out for validation."""

import hashlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

SPLITS = ("train", "validation")


def in_validation(groups: Sequence[str], fraction: float) -> npt.NDArray[np.bool_]:
    """Which pairs are held out: bool ``[pairs]``, from the group of each pair ``[pairs]``.

    A group is held out if the hash of its name, as a number in [0, 1), is below ``fraction``. So translations and
    sibling questions never straddle the splits, and a group stays on its side when pairs or languages come and go.
    """
    places: dict[str, float] = {group: _place(group) for group in set(groups)}
    return np.array([places[group] < fraction for group in groups], dtype=np.bool_)


def _place(group: str) -> float:
    digest = hashlib.blake2b(group.encode(), digest_size=6).digest()
    return int.from_bytes(digest, "big") / 2**48  # 48 bits: exact in a float, never 1.0
