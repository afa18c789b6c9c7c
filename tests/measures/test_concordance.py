import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2, friedmanchisquare

from langmix.measures.formulas.concordance import concordance, kendall_w
from tests.measures.made_up import pooled


def test_by_hand():
    # Places 1 2 3, 2 1 3, 1 2 3: sums 4, 5, 9, which are 2, 1 and 3 from their mean of 6.
    blocks = np.array([[1.0, 5, 9], [7, 2, 8], [3, 40, 50]])
    assert kendall_w(blocks) == pytest.approx(12 * (4 + 1 + 9) / (9 * 24))


@settings(max_examples=30)
@given(st.integers(0, 10_000), st.integers(2, 30), st.integers(3, 8))
def test_is_friedmans_test_of_scipy(seed, queries, languages):
    rng = np.random.default_rng(seed)
    ranks = np.stack([rng.choice(1000, languages, replace=False) + 1 for _ in range(queries)])
    lists = [(0, {int(r): language for language, r in enumerate(row)}) for row in ranks]
    found = concordance(pooled(*lists, languages=languages))
    oracle = friedmanchisquare(*ranks.T)
    assert found.w == pytest.approx(oracle.statistic / (queries * (languages - 1)))
    assert found.p == pytest.approx(oracle.pvalue)
    assert found.chance == pytest.approx(1 / queries)
    assert found.queries == queries


def test_from_no_agreement_to_full_agreement():
    turned = [(0, {1 + (language + turn) % 3: language for language in range(3)}) for turn in range(3)]
    assert concordance(pooled(*turned)).w == pytest.approx(0)
    agreed = [(0, {start: 2, start + 1: 0, start + 2: 1}) for start in (1, 5, 50)]
    assert concordance(pooled(*agreed)).w == pytest.approx(1)


def test_only_the_best_answer_of_a_language_counts():
    one = [(0, {1: 0, 4: 1, 9: 2}), (0, {5: 0, 3: 1, 8: 2})]
    more = [(0, {1: 0, 4: 1, 5: 1, 6: 1, 9: 2, 10: 0}), (0, {5: 0, 3: 1, 8: 2, 9: 1})]
    assert concordance(pooled(*one)) == concordance(pooled(*more))


def test_incomplete_blocks_are_compared_within_the_same_languages():
    first = [(0, {1: 0, 2: 1}), (0, {3: 0, 9: 1}), (0, {4: 1, 7: 0})]  # places 1 2, 1 2, 2 1: W = 1/9
    second = [(0, {1: 2, 2: 1, 3: 0}), (0, {2: 2, 4: 1, 6: 0})]  # W = 1
    left_out = [(0, {5: 2}), (0, {1: 0, 2: 2})]  # one language; one query of its kind
    found = concordance(pooled(*first, *left_out, *second))
    assert found.queries == 5
    assert found.w == pytest.approx((3 * (1 / 9) + 2 * 1) / 5)
    assert found.chance == pytest.approx(2 / 5)
    assert found.p == pytest.approx(chi2.sf(3 * 1 / 9 + 2 * 2 * 1, 1 + 2))


def test_nothing_to_compare():
    found = concordance(pooled((0, {5: 2}), (0, {1: 0, 2: 2})))
    assert np.isnan([found.w, found.chance, found.p]).all()
    assert found.queries == 0


def test_random_orders_have_the_w_of_chance():
    rng = np.random.default_rng(0)
    trials = []
    for _ in range(200):
        lists = [(0, dict(zip((rng.permutation(3) + 1).tolist(), range(3), strict=True))) for _ in range(10)]
        trials.append(concordance(pooled(*lists)).w)
    assert np.mean(trials) == pytest.approx(0.1, abs=0.02)
