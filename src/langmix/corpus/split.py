"""Which pairs are held out for validation."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

SPLITS = ("train", "validation")

_GROSS = 2  # how many times the share asked for may be held out, at most


@dataclass(frozen=True)
class Split:
    """What of a corpus is held out for validation.

    Attributes:
        fraction: Share that was asked for, from 0 to 1.
        pairs: Pairs that are held out.
        of_pairs: Pairs that there are.
        groups: Groups that are held out.
        of_groups: Groups that there are.
    """

    fraction: float
    pairs: int
    of_pairs: int
    groups: int
    of_groups: int

    def __str__(self) -> str:
        share = f"{self.pairs} of {self.of_pairs} pairs ({self.pairs / self.of_pairs:.1%})"
        return f"{share} in {self.groups} of {self.of_groups} groups (validation_fraction={self.fraction:g})"


def held_out(sizes: Mapping[str, int], fraction: float) -> set[str]:
    """The groups that are held out, of groups with so many pairs.

    They are those with the hash of their name, as a number in [0, 1), below ``fraction``. So translations and sibling
    questions never straddle the splits, and a group stays on its side when pairs or languages come and go. But a group
    stays in training that would make it more than twice the fraction of the pairs (and more than one pair), in the
    order of the hashes; the groups with the next hashes then make up for it.
    """
    places = {group: _place(group) for group in sizes}
    asked = fraction * sum(sizes.values())
    chosen: set[str] = set()
    held, passed_over = 0, False
    for group in sorted(sizes, key=lambda group: places[group]):
        if places[group] >= fraction and not (passed_over and held < asked):
            break
        if held + sizes[group] <= max(1, _GROSS * asked):
            held += sizes[group]
            chosen.add(group)
        else:
            passed_over = True
    return chosen


def in_validation(groups: Sequence[str], fraction: float) -> npt.NDArray[np.bool_]:
    """Which pairs are held out: bool ``[pairs]``, from the group of each pair ``[pairs]``; see `held_out`."""
    chosen = held_out(Counter(groups), fraction)
    return np.array([group in chosen for group in groups], dtype=np.bool_)


def _place(group: str) -> float:
    digest = hashlib.blake2b(group.encode(), digest_size=6).digest()
    return int.from_bytes(digest, "big") / 2**48  # 48 bits: exact in a float, never 1.0
