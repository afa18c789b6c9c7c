import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from langmix.statistics.permutation import sign_flip_test
from tests.statistics.simulated import band, differences


def scipy_p(d, **options):
    result = stats.permutation_test((d,), np.sum, permutation_type="samples", vectorized=False, **options)
    return result.pvalue


@pytest.mark.parametrize("seed", range(4))
def test_few_questions_are_enumerated_as_scipy_does(seed):
    d = np.random.default_rng(seed).normal(0.4, 1, 9)
    assert sign_flip_test(d[:, None])[0] == pytest.approx(scipy_p(d, n_resamples=np.inf))


def test_ties_in_the_sum_are_counted():
    d = np.array([0.1, 0.2, 0.3, 0.1, 0.2, 0.3, -0.1, 0.3])  # many sign vectors give the same sum, but for rounding
    tenths = np.round(d * 10)
    assert sign_flip_test(d[:, None])[0] == sign_flip_test(tenths[:, None])[0]
    assert sign_flip_test(d[:, None])[0] == pytest.approx(scipy_p(tenths, n_resamples=np.inf))


def test_integers_one_to_n_are_the_signed_rank_test():
    signed = np.array([1, -2, 3, 4, 5, -6, 7, 8, 9, 10.0])
    assert sign_flip_test(signed[:, None])[0] == pytest.approx(stats.wilcoxon(signed, method="exact").pvalue)


def test_random_signs_come_close_to_enumeration():
    d = np.random.default_rng(3).normal(0.3, 1, (15, 6))
    exact = sign_flip_test(d, permutations=2**15)
    drawn = sign_flip_test(d, permutations=20_000, seed=1)
    assert not np.array_equal(exact, drawn)
    np.testing.assert_allclose(drawn, exact, atol=4 * 0.5 / np.sqrt(20_000))


def test_many_questions_agree_with_the_paired_t_test():
    d = np.random.default_rng(4).normal(0.05, 1, (1190, 8))
    np.testing.assert_allclose(sign_flip_test(d), stats.ttest_1samp(d, 0).pvalue, atol=0.02)


def test_p_is_never_0():
    assert sign_flip_test(np.ones((100, 1)), permutations=999)[0] == 1 / 1000
    assert sign_flip_test(np.ones((5, 1)))[0] == 2 / 2**5


def test_nothing_differs():
    np.testing.assert_array_equal(sign_flip_test(np.zeros((50, 2))), [1, 1])


def test_comparisons_share_signs_and_seed_decides():
    d = np.random.default_rng(0).normal(size=(40, 1))
    together = sign_flip_test(np.hstack([d, 2 * d, d]), seed=5)
    assert len(set(together)) == 1
    assert together[0] == sign_flip_test(d, seed=5)[0] != sign_flip_test(d, seed=6)[0]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(-1, 1, width=16), min_size=2, max_size=30), st.integers(0, 9))
def test_exchanging_the_runs_changes_nothing(values, seed):
    d = np.array(values)[:, None]
    np.testing.assert_array_equal(sign_flip_test(d, 200, seed), sign_flip_test(-d, 200, seed))


def test_false_alarms_stay_at_five_percent_and_p_is_uniform():
    trials = 1500
    d = differences(np.random.default_rng(1), trials, 60, 11).mean(axis=2).T
    p = np.concatenate([sign_flip_test(part, 999, seed) for seed, part in enumerate(np.split(d, 15, axis=1))])
    low, high = band(0.05, trials)
    assert low < (p <= 0.05).mean() < high
    assert stats.kstest(p, "uniform").pvalue > 1e-3


def test_translations_taken_for_independent_would_raise_false_alarms():
    trials = 300
    d = differences(np.random.default_rng(2), trials, 60, 11)
    as_questions = sign_flip_test(d.mean(axis=2).T, 999)
    as_queries = sign_flip_test(d.reshape(trials, -1).T, 999)
    assert (as_questions <= 0.05).mean() < band(0.05, trials)[1]
    assert (as_queries <= 0.05).mean() > 0.4


def test_power_grows_with_the_effect():
    found = [
        (sign_flip_test(differences(np.random.default_rng(3), 200, 60, 5, effect=e).mean(axis=2).T, 999) <= 0.05).mean()
        for e in (0.0, 0.2, 0.4, 0.8)
    ]
    assert found == sorted(found)
    assert found[0] < 0.15
    assert found[-1] > 0.95


def test_a_study_takes_seconds():
    d = np.random.default_rng(0).normal(size=(1190, 20))
    start = time.perf_counter()
    sign_flip_test(d, permutations=10_000)
    assert time.perf_counter() - start < 10
