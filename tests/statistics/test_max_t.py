from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from langmix.statistics.max_t import allowed, critical, from_normal, p_values, to_normal


def test_single_step_max_t_by_full_enumeration():
    """All sign vectors of 8 pairs in three rows: Westfall and Young's adjustment, written out.

    Rows of one distribution, as here, have the same adjusted p whether the largest t or the smallest p is taken.
    """
    d = np.random.default_rng(0).normal([0.2, 0.9, 1.2], 1, (8, 3))
    d[:, 2] = d[:, 1] + 0.1 * d[:, 2]  # two rows that depend on each other
    signs = np.array(list(product((1, -1), repeat=8)))[1:]  # the first is the data
    largest = [max(abs(stats.ttest_1samp(sign[:, None] * d, 0).statistic)) for sign in signs]
    observed = stats.ttest_1samp(d, 0).statistic
    by_hand = [(1 + sum(each >= abs(t) for each in largest)) / 256 for t in observed]
    np.testing.assert_allclose(p_values(observed, np.array(largest)), by_hand)
    alone = np.array([abs(stats.ttest_1samp(sign[:, None] * d, 0).statistic) for sign in signs])
    exact = [
        stats.permutation_test(
            (row,), lambda x, axis: stats.ttest_1samp(x, 0, axis=axis).statistic, permutation_type="samples",
            n_resamples=np.inf, vectorized=True,
        ).pvalue
        for row in d.T
    ]  # fmt: skip
    np.testing.assert_allclose(p_values(observed, alone), exact, atol=2 / 256)


def test_one_adjusted_p_value_of_independent_rows_is_sidaks():
    reference = np.abs(np.random.default_rng(1).normal(size=(200_000, 6)))
    z = np.array([2.0, 2.5])
    pointwise = stats.norm.sf(z) * 2
    np.testing.assert_allclose(p_values(z, reference.max(axis=1)), 1 - (1 - pointwise) ** 6, atol=0.004)


@given(st.integers(100, 400), st.floats(0.02, 0.5), st.integers(0, 10_000))
def test_p_is_at_most_alpha_exactly_beyond_the_critical_value(resamples, alpha, seed):
    rng = np.random.default_rng(seed)
    reference = np.round(np.abs(rng.normal(size=resamples)), 1)  # with ties
    observed = np.round(np.abs(rng.normal(size=50) * 2), 1)
    np.testing.assert_array_equal(p_values(observed, reference) <= alpha + 1e-12, observed > critical(reference, alpha))


def test_each_row_of_its_own():
    reference = np.abs(np.random.default_rng(2).normal(size=(999, 3)) * [1, 2, 3])
    reference[:5, 1] = np.nan
    observed = np.array([2.0, 2.0, 2.0])
    for row in range(3):
        assert p_values(observed, reference)[row] == pytest.approx((1 + (reference[:, row] >= 2).sum()) / 1000)
        known = np.where(np.isnan(reference[:, row]), -1, reference[:, row])
        assert critical(reference, 0.05)[row] == np.sort(known)[-50]


def test_p_is_never_0_and_few_resamples_allow_none():
    assert p_values(np.array([9.0]), np.zeros(999))[0] == 1 / 1000
    assert allowed(0.05, 999) == 49
    assert allowed(0.001, 999) == 0
    assert allowed(0.0005, 999) < 0


def test_scales():
    t, freedom = np.array([0.0, 2.0, -4.0, 2.5, np.inf]), np.array([3.0, 2.0, 5.0, np.inf, 4.0])
    z = to_normal(t, freedom)
    np.testing.assert_allclose(stats.norm.sf(z[:3]), stats.t.sf(np.abs(t[:3]), freedom[:3]))
    np.testing.assert_allclose(from_normal(z, freedom), np.abs(t), atol=1e-9)
