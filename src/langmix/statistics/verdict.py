"""One word for a comparison."""

import math
from enum import StrEnum

from langmix.direction import Direction


class Verdict(StrEnum):
    """What may be claimed about a run against its baseline."""

    BETTER = "better"
    WORSE = "worse"
    HIGHER = "higher"
    LOWER = "lower"
    EQUIVALENT = "equivalent within margin"
    UNDECIDED = "undecided"


_UP = {Direction.HIGHER: Verdict.BETTER, Direction.LOWER: Verdict.WORSE, Direction.NEITHER: Verdict.HIGHER}
_DOWN = {Direction.HIGHER: Verdict.WORSE, Direction.LOWER: Verdict.BETTER, Direction.NEITHER: Verdict.LOWER}


def verdict(
    interval: tuple[float, float],
    p: float,
    direction: Direction,
    margin: float | None = None,
    *,
    alpha: float = 0.05,
) -> Verdict:
    """Decide by the first rule that holds.

    1. `equivalent within margin`: a margin is stated and the whole interval lies strictly between -margin and margin.
       A difference may still be real (p small); it is then too small to matter, by the margin's own definition.
    2. `better` or `worse`: p <= alpha and the whole interval is on one side of 0. `higher` or `lower` where the
       measure is described and not judged.
    3. `undecided`: everything else, missing numbers included. It is not evidence of equality.

    With a 95 % interval the first rule is two one-sided tests at 2.5 %: stricter than `p_equivalent` at 5 %.

    Args:
        interval: simultaneous confidence interval of run minus baseline.
        p: p-value of no difference, adjusted for the family.
        direction: which way the measure is better.
        margin: largest difference that would not matter; None: no claim of equivalence.
        alpha: largest p-value that counts.
    """
    low, high = interval
    if margin is not None and -margin < low and high < margin:
        return Verdict.EQUIVALENT
    if not p <= alpha or math.isnan(low) or math.isnan(high) or low <= 0 <= high:
        return Verdict.UNDECIDED
    return _UP[direction] if low > 0 else _DOWN[direction]
