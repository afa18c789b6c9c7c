from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2, kruskal

from langmix.measures.formulas.peer import equal_rank_probability, peer
from langmix.scoring.top import Top
from tests.measures.made_up import evaluated, found, made_up_ranks, one_each


@pytest.mark.parametrize(("languages", "expected"), [(11, 0.4405), (4, 0.3916), (3, 0.3679), (2, 0.3173)])
def test_one_candidate_per_language_gives_a_constant(languages, expected):
    """Whatever the ranks, H is N - 1: the measure cannot tell a fair list from an unfair one."""
    rng = np.random.default_rng(languages)
    lists = np.stack([rng.choice(10_000, languages, replace=False) + 1.0 for _ in range(50)])
    p = equal_rank_probability(
        np.repeat(np.arange(50), languages), np.tile(np.arange(languages), 50), lists.ravel(), 50
    )
    assert p == pytest.approx(np.full(50, expected), abs=5e-5)


@pytest.mark.parametrize("k", [3, 10, 60])
def test_so_does_peer_at_any_depth(k):
    collection, _, _, top = evaluated(1, k=k)
    full = one_each(collection)
    rng = np.random.default_rng(0)
    ranks = made_up_ranks(
        np.ones(len(full.relevant), np.int64), np.concatenate([rng.permutation(60)[:3] + 1 for _ in range(24)])
    )
    reached = (ranks.in_pool.reshape(-1, 3) <= k).any(axis=1)
    assert peer(found(full, ranks, top))[reached] == pytest.approx(chi2.sf(2, 2))
    assert (peer(found(full, ranks, top))[~reached] == 1).all()


@settings(max_examples=30)
@given(st.integers(0, 10_000))
def test_is_the_kruskal_wallis_test_of_scipy(seed):
    rng = np.random.default_rng(seed)
    query_of = rng.integers(0, 4, 40)
    language_of = rng.integers(0, 3, 40)
    places = np.zeros(40)
    for query in range(4):
        here = query_of == query
        places[here] = rng.permutation(here.sum()) + 1.0
    p = equal_rank_probability(query_of, language_of, places, 5)
    assert p[4] == 1  # no candidate at all
    for query in range(4):
        groups = [places[(query_of == query) & (language_of == language)] for language in range(3)]
        groups = [group for group in groups if len(group)]
        assert p[query] == pytest.approx(kruskal(*groups).pvalue if len(groups) > 1 else 1)


def test_absent_candidates_share_the_mean_rank_after_the_cut_off():
    """All of the top 4 are relevant and 3 more are absent: scipy's mid-rank of the tied three is 4 + (3 + 1) / 2."""
    collection, _, _, _ = evaluated(0, questions=1)
    judged = [0, 1, 20, 21, 40, 41, 42]
    collection = replace(collection, relevant=np.array([[0, c] for c in judged]))
    candidates = np.array([[0, 20, 1, 40], [0, 1, 2, 3], [0, 1, 2, 3]])
    ranks = made_up_ranks(np.ones(7, np.int64), np.array([1, 3, 2, 50, 4, 17, 30]))
    fairness = peer(found(collection, ranks, Top(candidates, np.ones((3, 4), np.float32))))
    expected = kruskal([1, 3], [2, 50], [4, 50, 50]).pvalue
    assert fairness[0] == pytest.approx(expected)
    assert fairness[1:].tolist() == [1, 1]


def test_weights_and_the_irrelevant_level_by_hand():
    collection = one_each(evaluated(0, questions=1)[0])  # relevant: candidates 0, 20 and 40
    candidates = np.array([[0, 1, 2, 3, 21, 22, 23], [0, 20, 40, 1, 2, 3, 4], [0, 1, 21, 2, 22, 3, 23]])
    ranks = made_up_ranks(np.ones(9, np.int64), np.array([1, 8, 9, 1, 2, 3, 1, 8, 9]))
    top = Top(candidates, np.ones((3, 7), np.float32))
    irrelevant = peer(found(collection, ranks, top), 0.0)
    assert irrelevant[0] == pytest.approx(kruskal([2, 3, 4], [5, 6, 7]).pvalue)
    assert irrelevant[1] == 1  # one language only
    assert irrelevant[2] > irrelevant[0]
    mixed = peer(found(collection, ranks, top), 0.25)
    assert mixed == pytest.approx(0.25 * peer(found(collection, ranks, top)) + 0.75 * irrelevant)


def test_ranks_that_all_tie_are_fair():
    assert equal_rank_probability(np.zeros(3, int), np.arange(3), np.full(3, 0.1), 1).tolist() == [1]
    assert equal_rank_probability(np.zeros(0, int), np.zeros(0, int), np.zeros(0), 2).tolist() == [1, 1]
