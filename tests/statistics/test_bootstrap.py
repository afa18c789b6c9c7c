import numpy as np
import pytest
from scipy import stats

from langmix.statistics.bootstrap import draw_questions, intervals
from tests.statistics.simulated import band, differences, one_row


def interval(d, counts=None, resamples=999, seed=0, method="studentised"):
    data = one_row({"run": d[None], "baseline": np.zeros((1, *d.shape))}, counts)
    return intervals(data, data.difference("run", "baseline"), draw_questions(len(d), resamples, seed), method=method)[
        0
    ]


def unbalanced(rng, questions):
    """Hard questions exist in one language only, easy ones in up to three: the number of queries tells of the value."""
    easy = rng.random((questions, 1)) < 0.5
    counts = (np.where(easy, rng.random((questions, 3)) < 0.9, rng.random((questions, 3)) < 0.3)).astype(float)
    values = np.where(easy, 0.8, 0.2) + 0.1 * rng.normal(size=(questions, 3)) + 0.1 * rng.normal(size=(questions, 1))
    return values * counts, counts


TRUTH = (0.8 * 0.9 + 0.2 * 0.3) / (0.9 + 0.3)  # mean over the queries that exist


def test_draws_are_questions_with_replacement():
    draws = draw_questions(40, 300, seed=1)
    assert (draws.sum(axis=1) == 40).all()
    assert draws.mean(axis=0) == pytest.approx(np.ones(40), abs=0.3)
    assert draws.var() == pytest.approx(1 - 1 / 40, abs=0.05)
    np.testing.assert_array_equal(draws, draw_questions(40, 300, seed=1))
    assert (draws != draw_questions(40, 300, seed=2)).any()


def test_percentile_interval_agrees_with_scipy():
    d = np.random.default_rng(0).exponential(size=(80, 1))
    ours = interval(d, resamples=9999, method="percentile")
    theirs = stats.bootstrap((d[:, 0],), np.mean, n_resamples=9999, method="percentile", rng=1).confidence_interval
    np.testing.assert_allclose(ours, theirs, atol=0.02)


def test_studentised_interval_by_hand():
    d = np.random.default_rng(0).exponential(size=60)
    draws = draw_questions(60, 500)
    t = []
    for times in draws:
        sample = np.repeat(d, times)
        t.append((sample.mean() - d.mean()) / (sample.std(ddof=1) / np.sqrt(60)))
    high, low = np.quantile(t, [0.025, 0.975], method="inverted_cdf")
    error = d.std(ddof=1) / np.sqrt(60)
    np.testing.assert_allclose(interval(d[:, None], resamples=500), [d.mean() - low * error, d.mean() - high * error])


def test_skewness_shows_in_the_interval():
    d = np.random.default_rng(0).lognormal(size=(60, 1))
    low, high = interval(d) - d.mean()
    assert high > 1.2 * -low > 0


def test_exchanging_the_runs_mirrors_the_interval():
    d = np.random.default_rng(1).exponential(size=(60, 2))
    np.testing.assert_allclose(interval(d), -interval(-d)[::-1], rtol=0.05)
    np.testing.assert_allclose(interval(d, method="percentile"), -interval(-d, method="percentile")[::-1])


def test_few_differences_give_the_t_interval():
    d = np.zeros((40, 1))
    d[:6, 0] = [0.5, -0.5, 0.3, 0.4, 0.2, 0.1]
    expected = stats.ttest_1samp(d[:, 0], 0).confidence_interval()
    np.testing.assert_allclose(interval(d), expected)
    np.testing.assert_array_equal(interval(np.zeros((40, 1))), [0, 0])


@pytest.mark.parametrize("kind", ["correlated", "ties", "skewed"])
def test_coverage(kind):
    trials, questions = 500, 120
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
    trials = 400
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
        errors.append(data.standard_error(values)[0])
        fixed.append(data.contributions(values)[:, 0].std(ddof=1) * np.sqrt(100))
    true = np.std(estimates)
    assert np.mean(errors) == pytest.approx(true, rel=0.12)
    assert np.mean(fixed) > 1.5 * true  # fixed weights mistake the number of queries for their quality


def test_resamples_of_unbalanced_questions_recompute_the_weights():
    rng = np.random.default_rng(11)
    values, counts = unbalanced(rng, 40)
    draws = draw_questions(40, 300)
    by_hand = []
    for times in draws:
        chosen = np.repeat(np.arange(40), times)
        by_hand.append((values[chosen].sum(axis=0) / counts[chosen].sum(axis=0)).mean())
    data = one_row({"run": values[None]}, counts)
    ends = intervals(data, values, draws, method="percentile")[0]
    np.testing.assert_allclose(ends, np.quantile(by_hand, [0.025, 0.975]))
    assert not data.balanced


def test_a_resample_without_a_query_for_a_cell_is_left_out():
    values, counts = np.zeros((12, 2)), np.zeros((12, 2))
    counts[:, 0] = 1
    counts[:1, 1] = 1  # one question stands for the whole second cell: absent from a third of the resamples
    values[:, 0] = np.arange(12)
    values[0, 1] = 3
    ends = interval(values, counts, method="percentile")
    assert np.isfinite(ends).all()
    assert ends[0] < (5.5 + 3) / 2 < ends[1]
