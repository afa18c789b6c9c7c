import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langmix.errors import LangmixError
from langmix.scoring import scores as scores_module
from langmix.scoring.scores import Scoring
from langmix.scoring.search import search
from langmix.scoring.top import Top, _select
from tests.sample_collection import sample_collection, sample_embeddings


def by_full_sort(scores, k):
    """By definition: sort every candidate by falling score, then index, and keep the first k."""
    order = np.array([sorted(range(len(row)), key=lambda c, row=row: (-row[c], c))[:k] for row in scores])
    return order, np.take_along_axis(scores, order, axis=1)


@settings(max_examples=30)
@given(st.integers(0, 10_000), st.integers(1, 3), st.sampled_from([1, 2, 10, 59, 60]))
def test_is_the_head_of_the_sorted_list(seed, levels, k):
    rng = np.random.default_rng(seed)
    collection = sample_collection(rng)
    queries, candidates = sample_embeddings(rng, collection, levels=levels)
    found = search(collection, Scoring(queries, candidates), k)[1]
    order, scores = by_full_sort(queries @ candidates.T, k)
    assert found.candidates.dtype == np.int64
    assert found.scores.dtype == np.float32
    assert np.array_equal(found.candidates, order)
    assert np.array_equal(found.scores, scores)


@settings(max_examples=60)
@given(st.lists(st.integers(-2, 2), min_size=1, max_size=40), st.integers(1, 40))
def test_keeps_the_lower_indices_of_scores_that_tie_at_the_boundary(row, k):
    scores = np.array([row], np.float32)
    k = min(k, len(row))
    best, best_scores = np.empty((1, k), np.int64), np.empty((1, k), np.float32)
    _select(scores, 0, best, best_scores)
    order, kept = by_full_sort(scores, k)
    assert np.array_equal(best, order)
    assert np.array_equal(best_scores, kept)


def test_by_hand():
    scores = np.array([[1, 3, 2, 3, 2, 0], [0, 1, 2, 3, 4, 5]], np.float32)
    best, best_scores = np.empty((2, 3), np.int64), np.empty((2, 3), np.float32)
    _select(scores, 0, best, best_scores)
    assert best.tolist() == [[1, 3, 2], [5, 4, 3]]
    assert best_scores.tolist() == [[3, 3, 2], [5, 4, 3]]


@settings(max_examples=15)
@given(st.integers(0, 10_000), st.integers(1, 60))
def test_agrees_with_the_ranks(seed, k):
    rng = np.random.default_rng(seed)
    collection = sample_collection(rng)
    queries, candidates = sample_embeddings(rng, collection)
    found = search(collection, Scoring(queries, candidates), k)[1]
    ranks = search(collection, Scoring(queries, candidates), 1)[0].in_pool
    relevant = found.relevant(collection.relevant)
    expected = np.zeros_like(relevant)
    for (query, candidate), place in zip(collection.relevant, ranks, strict=True):
        if place <= k:
            assert found.candidates[query, place - 1] == candidate
            expected[query, place - 1] = True
    assert np.array_equal(relevant, expected)


@pytest.mark.parametrize("block", [1, 60, 61, 10**9])
def test_block_size_changes_nothing(monkeypatch, block):
    rng = np.random.default_rng(0)
    collection = sample_collection(rng)
    queries, candidates = sample_embeddings(rng, collection)
    whole = search(collection, Scoring(queries, candidates), 7)[1]
    monkeypatch.setattr(scores_module, "SCORES_PER_BLOCK", block)
    blocked = search(collection, Scoring(queries, candidates), 7)[1]
    assert np.array_equal(whole.candidates, blocked.candidates)
    assert np.array_equal(whole.scores, blocked.scores)


def test_scores_are_adjusted_before_the_search(monkeypatch):
    rng = np.random.default_rng(0)
    collection = sample_collection(rng)
    queries, candidates = sample_embeddings(rng, collection)
    monkeypatch.setattr(scores_module, "SCORES_PER_BLOCK", 600)

    def own_language_last(scores, languages, bounds):
        for row, language in zip(scores, languages, strict=True):
            row[bounds[language] : bounds[language + 1]] -= 1000

    found = search(collection, Scoring(queries, candidates, own_language_last), 40)[1]
    same = collection.candidate_languages[found.candidates] == collection.query_languages[:, None]
    assert not same.any()
    ranks = search(collection, Scoring(queries, candidates, own_language_last), 1)[0]
    query, candidate = collection.relevant[ranks.in_pool <= 40][0]
    assert found.candidates[query, ranks.in_pool[ranks.in_pool <= 40][0] - 1] == candidate


def test_bad_arguments():
    rng = np.random.default_rng(0)
    collection = sample_collection(rng)
    queries, candidates = sample_embeddings(rng, collection)
    with pytest.raises(LangmixError, match=r"sample: the top 61 of 60 candidates \(1 to 60\)"):
        search(collection, Scoring(queries, candidates), 61)[1]
    with pytest.raises(LangmixError, match="sample: the top 0 of 60"):
        search(collection, Scoring(queries, candidates), 0)[1]
    with pytest.raises(LangmixError, match="sample: 35 query embeddings for 36 texts"):
        search(collection, Scoring(queries[1:], candidates), 5)[1]
    candidates[7, 1] = np.inf
    with pytest.raises(LangmixError, match="embedding of candidate 7 is not finite"):
        search(collection, Scoring(queries, candidates), 5)[1]


def test_depth():
    assert Top(np.zeros((3, 4), np.int64), np.zeros((3, 4), np.float32)).k == 4
