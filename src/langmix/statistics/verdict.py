"""One word for a comparison."""

import math
from enum import StrEnum

LOWER_IS_BETTER = frozenset({"rank_distance"})
"""Measures that fall as retrieval gets better."""


class Verdict(StrEnum):
    """What may be claimed about a run against its baseline."""

    BETTER = "better"
    WORSE = "worse"
    EQUIVALENT = "equivalent within margin"
    UNDECIDED = "undecided"


def verdict(
    interval: tuple[float, float],
    p: float,
    margin: float | None = None,
    *,
    lower_is_better: bool = False,
    alpha: float = 0.05,
) -> Verdict:
    """Decide by the first rule that holds.

    1. `equivalent within margin`: a margin is stated and the whole interval lies strictly between -margin and margin.
       A difference may still be real (p small); it is then too small to matter, by the margin's own definition.
    2. `better`: p <= alpha, and the whole interval is on the better side of 0 (above it; below it where lower is
       better). Test and interval must agree.
    3. `worse`: p <= alpha, and the whole interval is on the other side of 0.
    4. `undecided`: everything else, missing numbers included. It is not evidence of equality.

    With a 95 % interval the first rule is two one-sided tests at 2.5 %: stricter than `p_equivalent` at 5 %.

    Args:
        interval: confidence interval of run minus baseline.
        p: p-value of no difference, corrected for the number of comparisons.
        margin: largest difference that would not matter; None: no claim of equivalence.
        lower_is_better: the measure falls as retrieval gets better.
        alpha: largest p-value that counts.
    """
    low, high = (-interval[1], -interval[0]) if lower_is_better else interval
    if margin is not None and -margin < low and high < margin:
        return Verdict.EQUIVALENT
    if math.isnan(p) or p > alpha:
        return Verdict.UNDECIDED
    if low > 0:
        return Verdict.BETTER
    return Verdict.WORSE if high < 0 else Verdict.UNDECIDED
