"""Showing that nothing was lost: equivalence and non-inferiority within a stated margin."""

import math

import numpy as np
import numpy.typing as npt

from langmix.errors import LangmixError
from langmix.statistics.seeds import Uncertainty, tail

Floats = npt.NDArray[np.float64]


def check_margin(margin: float, measure: str) -> None:
    """Refuse a margin that is not a positive number, in one line."""
    if not (math.isfinite(margin) and margin > 0):
        raise LangmixError(f"margin of {measure} is {margin}: state a positive difference that would not matter")


def p_not_worse(
    difference: Floats, uncertainty: Uncertainty, margin: float, *, lower_is_better: bool = False
) -> Floats:
    """Non-inferiority: one-sided p-value of "worse by `margin` or more"; `[rows]`.

    A large p-value of "no difference" does not show that nothing was lost; a small p-value here does. With D the
    difference, oriented so that more is better, t = (D + margin) / error and p = P(T >= t).

    The t distribution over questions (see `Uncertainty`) is used rather than sign flips: at the edge of the null
    hypothesis D = -margin no exchange of runs leaves the data alike, so there is nothing to permute. D is a mean of
    hundreds of questions and t is close to exact for it: simulated, see `tests/statistics/test_equivalence.py`.

    Args:
        difference: run minus baseline.
        uncertainty: of that difference.
        margin: largest loss that would not matter, in the measure's unit; chosen before looking.
        lower_is_better: the measure falls as retrieval gets better.

    Raises:
        LangmixError: the margin is not a positive number.
    """
    check_margin(margin, "the test")
    return tail((-difference if lower_is_better else difference) + margin, uncertainty)


def p_equivalent(difference: Floats, uncertainty: Uncertainty, margin: float) -> Floats:
    """Two one-sided tests: p-value of "different by `margin` or more, either way"; `[rows]`.

    The larger of the p-values of D <= -margin and D >= margin (Schuirmann 1987, doi 10.1007/BF01068419). p <= alpha
    exactly if the 1 - 2 alpha interval lies within the margin. See `p_not_worse` for arguments and distribution.

    Raises:
        LangmixError: the margin is not a positive number.
    """
    check_margin(margin, "the test")
    return np.maximum(tail(difference + margin, uncertainty), tail(margin - difference, uncertainty))
