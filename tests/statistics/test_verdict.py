import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langmix.direction import Direction
from langmix.statistics.verdict import Verdict, verdict

BETTER, WORSE, HIGHER, LOWER, EQUIVALENT, UNDECIDED = Verdict
ends = st.floats(-1, 1)


@pytest.mark.parametrize(
    ("interval", "p", "margin", "expected"),
    [
        ((0.002, 0.010), 0.01, None, BETTER),
        ((-0.010, -0.002), 0.01, None, WORSE),
        ((0.002, 0.010), 0.06, None, UNDECIDED),  # corrected p decides, not the interval alone
        ((-0.001, 0.010), 0.04, None, UNDECIDED),  # nor the p-value alone
        ((-0.001, 0.001), 0.90, None, UNDECIDED),  # no margin, no claim of equality
        ((-0.001, 0.001), 0.90, 0.005, EQUIVALENT),
        ((-0.001, 0.005), 0.90, 0.005, UNDECIDED),  # touches the margin
        ((-0.005, 0.001), 0.90, 0.005, UNDECIDED),
        ((0.001, 0.004), 0.001, 0.005, EQUIVALENT),  # real, but too small to matter
        ((0.004, 0.006), 0.001, 0.005, BETTER),
        ((-0.006, -0.004), 0.001, 0.005, WORSE),
        ((math.nan, math.nan), math.nan, 0.005, UNDECIDED),
        ((0.1, 0.2), math.nan, None, UNDECIDED),
    ],
)
def test_rules(interval, p, margin, expected):
    assert verdict(interval, p, Direction.HIGHER, margin) is expected


def test_level():
    assert verdict((0.1, 0.2), 0.03, Direction.HIGHER, alpha=0.01) is UNDECIDED
    assert verdict((0.1, 0.2), 0.01, Direction.HIGHER, alpha=0.01) is BETTER


@given(ends, ends, st.floats(0, 1), st.none() | st.floats(0.01, 1))
def test_exchanging_runs_or_direction_turns_the_word(one, other, p, margin):
    low, high = sorted((one, other))
    found = verdict((low, high), p, Direction.HIGHER, margin)
    turned = {BETTER: WORSE, WORSE: BETTER}.get(found, found)
    assert verdict((-high, -low), p, Direction.HIGHER, margin) is turned
    assert verdict((low, high), p, Direction.LOWER, margin) is turned
    assert verdict((low, high), p, Direction.NEITHER, margin) is {BETTER: HIGHER, WORSE: LOWER}.get(found, found)
