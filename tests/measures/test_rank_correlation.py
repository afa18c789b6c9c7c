from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from langmix.errors import LangmixError
from langmix.measures.formulas import rank_correlation
from langmix.measures.formulas.rank_correlation import list_correlation, mean_rank_correlation
from langmix.scoring.top import Top
from tests.measures.made_up import evaluated, found


def by_scipy(first, second):
    """Both lists over their union; what a list does not hold stands behind it, all tied. scipy ranks and correlates."""
    union = sorted(set(first) | set(second))
    places = [[list(one).index(c) if c in one else len(one) for c in union] for one in (first, second)]
    return spearmanr(*places).statistic


def test_by_hand():
    lists = np.array([[1, 2, 3]] * 4), np.array([[1, 2, 3], [3, 2, 1], [1, 2, 4], [4, 5, 6]])
    # Third: places over {1, 2, 3, 4} are 1 2 3 4 and 1 2 4 3. Fourth: 1 2 3 5 5 5 and 5 5 5 1 2 3.
    deviations = np.array([-2.5, -1.5, -0.5])
    disjoint = 2 * (deviations * 1.5).sum() / ((deviations**2).sum() + 3 * 1.5**2)
    assert list_correlation(*lists) == pytest.approx([1, -1, 0.8, disjoint])


@pytest.mark.parametrize(("k", "expected"), [(1, -1), (10, -0.858), (1000, -6 / 7)])
def test_lists_without_a_common_candidate(k, expected):
    lists = np.arange(2 * k).reshape(2, 1, k)
    assert list_correlation(*lists) == pytest.approx([expected], abs=5e-4)


@settings(max_examples=30)
@given(st.integers(0, 10_000), st.integers(2, 8))
def test_is_the_correlation_of_scipy(seed, k):
    rng = np.random.default_rng(seed)
    first, second = (np.stack([rng.choice(12, k, replace=False) for _ in range(6)]) for _ in range(2))
    expected = [by_scipy(*pair) for pair in zip(first.tolist(), second.tolist(), strict=True)]
    assert list_correlation(first, second) == pytest.approx(expected)


@settings(max_examples=10)
@given(st.integers(0, 1000))
def test_is_the_mean_over_the_translations_of_a_query(seed):
    collection, _, _, top = evaluated(seed, k=5)
    clusters = list(collection.query_questions)
    clusters[0] = "alone"
    clusters[9] = "q0"  # a second German version of the same question
    collection = replace(collection, query_questions=clusters)
    for query, value in enumerate(mean_rank_correlation(found(collection, top=top))):
        values = [
            by_scipy(top.candidates[query].tolist(), top.candidates[other].tolist())
            for other in range(len(clusters))
            if clusters[other] == clusters[query]
            and collection.query_languages[other] != collection.query_languages[query]
        ]
        assert value == pytest.approx(np.mean(values) if values else np.nan, nan_ok=True)


def test_one_list_for_all_translations_is_consistent(monkeypatch):
    collection, _, _, top = evaluated(3)
    per_language = len(collection.query_ids) // 3
    repeated = Top(np.tile(top.candidates[:per_language], (3, 1)), top.scores)
    monkeypatch.setattr(rank_correlation, "_PAIRS_PER_BLOCK", 300)  # three pairs at a time
    assert mean_rank_correlation(found(collection, top=repeated)) == pytest.approx(np.ones(3 * per_language))


def test_needs_two_places():
    collection, _, _, top = evaluated(0, k=1)
    with pytest.raises(LangmixError, match="at least the top 2"):
        mean_rank_correlation(found(collection, top=top))
