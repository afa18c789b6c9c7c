import numpy as np
import pytest

from langmix.statistics.effect import detectable, shares, standardised
from langmix.statistics.seeds import Uncertainty, over_questions
from tests.statistics.simulated import band, differences, one_row


def test_standardised_difference_is_mean_over_deviation_of_the_questions():
    d = differences(np.random.default_rng(0), 1, 50, 3, effect=0.4)
    data = one_row({"run": d, "baseline": np.zeros_like(d)})
    question = d[0].mean(axis=1)
    found = standardised(np.atleast_1d(d.mean()), over_questions(data, "run", "baseline"), data.clusters)
    assert found[0] == pytest.approx(question.mean() / question.std(ddof=1))


def test_standardised_difference_at_the_edges():
    certain = Uncertainty(np.zeros(3), np.full(3, 9.0))
    found = standardised(np.array([0.0, 0.1, -0.1]), certain, np.full(3, 10))
    np.testing.assert_array_equal(found, [0, np.inf, -np.inf])


def test_shares_of_questions():
    d = np.array([[0.2, 0.0], [-0.1, 0.0], [0.0, 0.0], [0.3, 0.0], [1e-18, 0.0]])
    found = shares(d, np.array([5, 5]))
    np.testing.assert_allclose(found.higher, [0.4, 0])
    np.testing.assert_allclose(found.lower, [0.2, 0])
    np.testing.assert_allclose(found.tied, [0.4, 1])


def test_questions_without_a_value_are_in_no_share():
    found = shares(np.array([[0.2], [0.0], [0.0]]), np.array([2]))
    assert (found.higher[0], found.lower[0], found.tied[0]) == (0.5, 0, 0.5)


@pytest.mark.parametrize("power", [0.5, 0.8, 0.95])
def test_a_detectable_difference_is_detected_with_the_stated_power(power):
    trials, questions = 1500, 60
    true = Uncertainty(np.array([1 / np.sqrt(questions)]), np.array([questions - 1.0]))
    effect = detectable(true, power=power)[0]
    d = differences(np.random.default_rng(1), trials, questions, 1, effect=effect)
    found = 0
    for each in d:
        data = one_row({"run": each[None], "baseline": np.zeros((1, questions, 1))})
        p = over_questions(data, "run", "baseline").p_values(np.atleast_1d(each.mean()))
        found += p[0] <= 0.05
    low, high = band(power, trials)
    assert low - 0.01 < found / trials < high + 0.01


def test_more_questions_show_smaller_differences():
    errors = Uncertainty(np.array([0.2, 0.1]), np.array([24.0, 99.0]))
    assert detectable(errors)[1] < detectable(errors)[0] / 2
    assert detectable(errors, alpha=0.01)[1] > detectable(errors)[1]
