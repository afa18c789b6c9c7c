import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langmix.measures.formulas.same_language_first import same_language_chance, same_language_first
from langmix.measures.pooled_answers import PooledAnswers
from tests.measures.made_up import evaluated, found, pooled, sorted_pool


def test_by_hand():
    answers = pooled((0, {3: 0, 4: 1, 9: 2}), (0, {1: 1, 2: 0}), (2, {1: 0, 2: 1}), (1, {1: 1, 2: 1, 5: 0, 6: 2}))
    assert same_language_first(answers) == pytest.approx([1, 0, np.nan, 1], nan_ok=True)
    assert same_language_chance(answers) == pytest.approx([1 / 3, 1 / 2, np.nan, 2 / 4], nan_ok=True)


@settings(max_examples=15)
@given(st.integers(0, 1000))
def test_is_read_off_the_sorted_pool(seed):
    collection, scores, ranks, _ = evaluated(seed)
    answers = PooledAnswers.of(found(collection, ranks))
    for query, value in zip(answers.queries, same_language_first(answers), strict=True):
        relevant = set(collection.relevant[collection.relevant[:, 0] == query, 1].tolist())
        first = next(c for c in sorted_pool(scores[query]) if c in relevant)
        own = {c for c in relevant if collection.candidate_languages[c] == collection.query_languages[query]}
        assert np.isnan(value) if not own else value == (first in own)


def test_random_orders_reach_the_chance_level():
    rng = np.random.default_rng(0)
    held = [0, 0, 1, 2, 2]  # languages of the relevant candidates
    lists = [(2, dict(enumerate(rng.permutation(held).tolist(), 1))) for _ in range(4000)]
    answers = pooled(*lists)
    assert same_language_chance(answers).mean() == pytest.approx(0.4)
    assert same_language_first(answers).mean() == pytest.approx(0.4, abs=0.03)
