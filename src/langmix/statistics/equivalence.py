"""Showing that nothing was lost: equivalence and non-inferiority within a stated margin."""

import math

import numpy as np
import numpy.typing as npt

from langmix.direction import Direction
from langmix.errors import LangmixError
from langmix.statistics.seeds import Uncertainty, tail

Floats = npt.NDArray[np.float64]


def check_margin(margin: float, measure: str) -> None:
    """Refuse a margin that is not a positive number, in one line."""
    if not (math.isfinite(margin) and margin > 0):
        raise LangmixError(f"margin of {measure} is {margin}: state a positive difference that would not matter")


def p_not_worse(difference: Floats, uncertainty: Uncertainty, margin: float, direction: Direction) -> Floats:
    """Non-inferiority: one-sided p-value of "worse by `margin` or more"; `[rows]`.

    A large p-value of "no difference" does not show that nothing was lost; a small p-value here does. With D the
    difference, oriented so that more is better, t = (D + margin) / error and p = P(T >= t).

    The t distribution (see `Uncertainty`) is used and not the joint draw: a margin belongs to one measure and is not
    corrected for others, and D is a mean of hundreds of questions for which t is close to exact: simulated, see
    `tests/statistics/test_equivalence.py`.

    Args:
        difference: run minus baseline.
        uncertainty: of that difference.
        margin: largest loss that would not matter, in the measure's unit; chosen before looking.
        direction: which way the measure is better; NaN for one that is not judged, which cannot get worse.

    Raises:
        LangmixError: the margin is not a positive number.
    """
    check_margin(margin, "the test")
    if direction is Direction.NEITHER:
        return np.full_like(difference, np.nan)
    return tail((-difference if direction is Direction.LOWER else difference) + margin, uncertainty)


def p_equivalent(difference: Floats, uncertainty: Uncertainty, margin: float) -> Floats:
    """Two one-sided tests: p-value of "different by `margin` or more, either way"; `[rows]`.

    The larger of the p-values of D <= -margin and D >= margin (Schuirmann 1987, doi 10.1007/BF01068419). p <= alpha
    exactly if the 1 - 2 alpha interval lies within the margin. See `p_not_worse` for arguments and distribution.

    Raises:
        LangmixError: the margin is not a positive number.
    """
    check_margin(margin, "the test")
    return np.maximum(tail(difference + margin, uncertainty), tail(margin - difference, uncertainty))
