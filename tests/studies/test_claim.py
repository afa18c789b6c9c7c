"""From an interval to one word."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langmix.direction import Direction
from langmix.studies.claim import judged, together

ends = st.tuples(st.floats(-1, 1), st.floats(-1, 1)).map(lambda pair: (min(pair), max(pair)))


@pytest.mark.parametrize(
    ("claim", "interval", "word"),
    [
        ("better", (0.001, 0.02), "supported"),
        ("better", (-0.001, 0.02), "undecided"),
        ("better", (-0.02, 0.004), "contradicted"),  # whatever it gains is less than matters
        ("not worse", (-0.004, 0.02), "supported"),
        ("not worse", (-0.006, 0.02), "undecided"),
        ("not worse", (-0.02, -0.006), "contradicted"),
        ("equivalent", (-0.004, 0.004), "supported"),
        ("equivalent", (0.001, 0.006), "undecided"),
        ("equivalent", (0.006, 0.01), "contradicted"),
        ("better", (math.nan, 1.0), "undecided"),
    ],
)
def test_words(claim, interval, word):
    assert judged(claim, interval, 0.005, Direction.HIGHER) == word


@given(ends, st.sampled_from(["better", "not worse", "equivalent"]), st.floats(0.001, 0.5))
def test_lower_is_better_the_other_way_round(interval, claim, margin):
    low, high = interval
    assert judged(claim, interval, margin, Direction.HIGHER) == judged(claim, (-high, -low), margin, Direction.LOWER)


@given(ends, st.floats(0.001, 0.5))
def test_what_is_better_is_not_worse(interval, margin):
    if judged("better", interval, margin, Direction.HIGHER) == "supported":
        assert judged("not worse", interval, margin, Direction.HIGHER) == "supported"


def test_together():
    assert together(["supported", "supported"]) == "supported"
    assert together(["supported", "undecided"]) == "undecided"
    assert together(["supported", "undecided", "contradicted"]) == "contradicted"
    assert together([]) == "undecided"
