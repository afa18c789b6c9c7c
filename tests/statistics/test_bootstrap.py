import numpy as np
import pytest
from scipy import stats

from langmix.statistics.bootstrap import resample
from langmix.statistics.inference import infer
from tests.statistics.simulated import band, differences, joint_draw, one_row


def sums_of(d, counts=None):
    return one_row({"run": d[None], "baseline": np.zeros((1, *d.shape))}, counts)


def interval(d, counts=None, resamples=999, seed=0):
    found = infer(sums_of(d, counts), "run", "baseline", joint_draw(len(d), resamples, seed), "question")
    return found.difference[0] + found.reach(0.05)[0] * np.array([-1, 1])


def unbalanced(rng, questions):
    """Hard questions exist in one language only, easy ones in up to three: the number of queries tells of the value."""
    easy = rng.random((questions, 1)) < 0.5
    counts = (np.where(easy, rng.random((questions, 3)) < 0.9, rng.random((questions, 3)) < 0.3)).astype(float)
    values = np.where(easy, 0.8, 0.2) + 0.1 * rng.normal(size=(questions, 3)) + 0.1 * rng.normal(size=(questions, 1))
    return values * counts, counts


TRUTH = (0.8 * 0.9 + 0.2 * 0.3) / (0.9 + 0.3)  # mean over the queries that exist


def test_studentised_interval_by_hand():
    d = np.random.default_rng(0).exponential(size=60)
    t = []
    for times in joint_draw(60, 499).clusters("question"):
        sample = np.repeat(d, times)
        t.append(abs(sample.mean() - d.mean()) / (sample.std(ddof=1) / np.sqrt(60)))
    reach = sorted(t)[475 - 1] * d.std(ddof=1) / np.sqrt(60)  # 25 of 500 are 5 %, the data's own t among them
    np.testing.assert_allclose(interval(d[:, None], resamples=499), [d.mean() - reach, d.mean() + reach])


def test_many_normal_differences_give_the_t_interval():
    d = np.random.default_rng(1).normal(0.1, 1, (800, 1))
    expected = stats.ttest_1samp(d[:, 0], 0).confidence_interval()
    np.testing.assert_allclose(interval(d, resamples=4999), expected, atol=0.003)


def test_few_differences_give_nearly_the_t_interval():
    d = np.zeros((40, 1))
    d[:6, 0] = [0.5, -0.5, 0.3, 0.4, 0.2, 0.1]
    expected = stats.ttest_1samp(d[:, 0], 0).confidence_interval()
    np.testing.assert_allclose(interval(d, resamples=9999), expected, rtol=0.1)
    np.testing.assert_array_equal(interval(np.zeros((40, 1))), [0, 0])


@pytest.mark.parametrize("kind", ["correlated", "ties", "skewed"])
def test_coverage(kind):
    trials, questions = 300, 120
    rng = np.random.default_rng(7)
    d = differences(rng, trials, questions, 4, effect=0.3)
    truth = 0.3
    if kind == "ties":  # two of three questions tie, as average precision near 1 does
        d, truth = d * (rng.random((trials, questions, 1)) < 1 / 3), 0.1
    if kind == "skewed":
        d, truth = np.exp(d), np.exp(0.3 + 0.5)
    ends = np.array([interval(each, seed=seed) for seed, each in enumerate(d)])
    low, high = band(0.95, trials)
    assert low - 0.01 < ((ends[:, 0] <= truth) & (truth <= ends[:, 1])).mean() < high


def test_translations_taken_for_independent_would_not_cover():
    trials = 200
    d = differences(np.random.default_rng(8), trials, 60, 8)
    ends = np.array([interval(each.reshape(-1, 1)) for each in d])
    assert ((ends[:, 0] <= 0) & (ends[:, 1] >= 0)).mean() < 0.7


def test_coverage_of_unbalanced_questions():
    trials = 250
    rng = np.random.default_rng(9)
    ends = np.array([interval(*unbalanced(rng, 100), seed=seed) for seed in range(trials)])
    low, high = band(0.95, trials)
    assert low < ((ends[:, 0] <= TRUTH) & (ends[:, 1] >= TRUTH)).mean() < high


def test_the_standard_error_of_unbalanced_means_is_that_of_a_ratio():
    rng = np.random.default_rng(10)
    estimates, errors, fixed = [], [], []
    for _ in range(600):
        values, counts = unbalanced(rng, 100)
        data = one_row({"run": values[None]}, counts)
        estimates.append(data.estimates("run")[0, 0])
        errors.append(sums_of(values, counts).error("run", "baseline")[0])
        fixed.append(data.contributions(values)[:, 0].std(ddof=1) * np.sqrt(100))
    true = np.std(estimates)
    assert np.mean(errors) == pytest.approx(true, rel=0.12)
    assert np.mean(fixed) > 1.5 * true  # fixed weights mistake the number of queries for their quality


def test_resamples_of_unbalanced_questions_recompute_the_weights():
    values, counts = unbalanced(np.random.default_rng(11), 40)
    data, draws = sums_of(values, counts), joint_draw(40, 300).clusters("question")
    by_hand = []
    for times in draws:
        chosen = np.repeat(np.arange(40), times)
        by_hand.append((values[chosen].sum(axis=0) / counts[chosen].sum(axis=0)).mean())
    moved = resample(data, "run", "baseline", draws).deviations[:, 0]
    np.testing.assert_allclose(data.estimates("run")[0, 0] + moved, by_hand)
    assert not data.balanced


def test_a_resample_without_a_query_for_a_cell_is_left_out():
    values, counts = np.zeros((40, 2)), np.zeros((40, 2))
    counts[:, 0] = 1
    counts[:1, 1] = 1  # one question stands for the whole second cell: absent from a third of the resamples
    values[:, 0] = np.arange(40)
    values[0, 1] = 3
    draws = joint_draw(40)
    moved = resample(sums_of(values, counts), "run", "baseline", draws.clusters("question")).deviations[:, 0]
    np.testing.assert_array_equal(np.isnan(moved), draws.clusters("question")[:, 0] == 0)
    assert np.isfinite(interval(values, counts)).all()
