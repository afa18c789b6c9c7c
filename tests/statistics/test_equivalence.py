import numpy as np
import pytest

from langmix.direction import Direction
from langmix.errors import LangmixError
from langmix.statistics.equivalence import p_equivalent, p_not_worse
from langmix.statistics.seeds import Uncertainty, over_questions
from tests.statistics.simulated import band, differences, one_row

HIGHER, LOWER, NEITHER = Direction


def mean_and_uncertainty(d):
    """Differences ``[questions, languages]`` as mean and uncertainty."""
    data = one_row({"run": d[None], "baseline": np.zeros((1, *d.shape))})
    return np.atleast_1d(d.mean()), over_questions(data, "run", "baseline")


def test_two_one_sided_tests_are_those_of_statsmodels():
    from statsmodels.stats import weightstats

    rng = np.random.default_rng(0)
    for centre in (-0.3, 0.0, 0.2, 0.9):
        d = rng.normal(centre, 1, (40, 1))
        expected = weightstats.ttost_paired(d[:, 0], np.zeros(40), -0.5, 0.5)
        assert p_equivalent(*mean_and_uncertainty(d), 0.5)[0] == pytest.approx(expected[0])
        assert p_not_worse(*mean_and_uncertainty(d), 0.5, HIGHER)[0] == pytest.approx(expected[1][1])


def test_direction_turns_the_sign():
    difference, uncertainty = np.array([4.0]), Uncertainty(np.array([2.0]), np.array([99.0]))
    assert p_not_worse(difference, uncertainty, 5.0, HIGHER)[0] < 1e-4
    assert p_not_worse(difference, uncertainty, 5.0, LOWER)[0] == pytest.approx(0.31, abs=0.01)
    assert p_not_worse(-difference, uncertainty, 5.0, LOWER)[0] < 1e-4
    assert np.isnan(p_not_worse(difference, uncertainty, 5.0, NEITHER)).all()


def test_p_says_whether_the_ninety_percent_interval_is_within_the_margin():
    rng = np.random.default_rng(1)
    for d in rng.normal(0.1, 1, (50, 60, 1)):
        difference, uncertainty = mean_and_uncertainty(d)
        low, high = uncertainty.intervals(difference, 0.9)[0]
        assert (p_equivalent(difference, uncertainty, 0.3)[0] <= 0.05) == (max(-low, high) < 0.3)


def test_false_claims_at_the_margin_stay_at_five_percent():
    trials = 1500
    lost = differences(np.random.default_rng(2), trials, 80, 6, effect=-0.4)
    ties = lost * (np.random.default_rng(3).random((trials, 80, 1)) < 0.5)
    low, high = band(0.05, trials)
    for d, margin in ((lost, 0.4), (ties, 0.2)):
        not_worse = np.mean([p_not_worse(*mean_and_uncertainty(each), margin, HIGHER)[0] <= 0.05 for each in d])
        equivalent = np.mean([p_equivalent(*mean_and_uncertainty(each), margin)[0] <= 0.05 for each in d])
        assert low < not_worse < high
        assert equivalent < high


def test_translations_taken_for_independent_would_claim_too_much():
    d = differences(np.random.default_rng(4), 300, 60, 8, effect=-0.4)
    assert (
        np.mean([p_not_worse(*mean_and_uncertainty(each.reshape(-1, 1)), 0.4, HIGHER)[0] <= 0.05 for each in d]) > 0.15
    )


def test_power_grows_with_the_number_of_questions():
    found = [
        np.mean(
            [
                p_equivalent(*mean_and_uncertainty(d), 0.3)[0] <= 0.05
                for d in differences(np.random.default_rng(5), 100, n, 3)
            ]
        )
        for n in (30, 90, 270)
    ]
    assert found[0] < found[1] < found[2]
    assert found[2] > 0.95


@pytest.mark.parametrize("margin", [0.0, -0.01, float("nan"), float("inf")])
def test_a_margin_is_a_positive_number(margin):
    certain = np.zeros(1), Uncertainty(np.ones(1), np.ones(1)), margin
    with pytest.raises(LangmixError, match="positive"):
        p_equivalent(*certain)
    with pytest.raises(LangmixError, match="positive"):
        p_not_worse(*certain, HIGHER)
