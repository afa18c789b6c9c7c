"""How many seeds an interval of a wanted length takes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from langmix.statistics.effect import MOST_SEEDS, seeds_for

positive = st.floats(1e-4, 0.1)


def test_by_hand():
    # sd .01 over seeds in both runs, questions certain: half the length is t sqrt(2 .01^2 / n).
    error = np.sqrt(2 * 0.01**2 / 4)
    found = seeds_for(0.005, error, error, 4)
    half = [stats.t.ppf(0.975, 2 * n - 2) * np.sqrt(2e-4 / n) for n in (found - 1, found)]
    assert half[0] > 0.005 >= half[1]


@given(positive, positive, positive, st.integers(2, 30))
def test_what_is_found_is_enough_and_one_less_is_not(width, questions, of_seeds, seeds):
    error = np.hypot(questions, of_seeds)
    found = seeds_for(width, error, of_seeds, seeds)

    def half(n):
        return stats.t.ppf(0.975, 2 * (n - 1)) * np.sqrt(questions**2 + of_seeds**2 * seeds / n)

    if np.isinf(found):
        assert half(MOST_SEEDS) > width * (1 - 1e-9)
    else:
        assert half(found) <= width * (1 + 1e-9)
        assert found == 2 or half(found - 1) > width * (1 - 1e-9)


@pytest.mark.parametrize("seeds", [2, 8])
def test_no_number_helps_against_questions(seeds):
    assert seeds_for(0.005, 0.01, 0.0, seeds) == float("inf")
