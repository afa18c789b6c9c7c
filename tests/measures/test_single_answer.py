import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langmix.measures.formulas.single_answer import single_answer_map
from langmix.measures.pooled_answers import PooledAnswers
from tests.measures.made_up import evaluated, found, pooled, sorted_pool


def test_by_hand():
    # Alone, the answers at ranks 1, 3 and 4 stand at 1, 2 and 2; a second one in language 2 at rank 6 stands at 4.
    matrix = single_answer_map(pooled((0, {1: 0, 3: 1, 4: 2, 6: 2})))
    expected = np.full((3, 3), np.nan)
    expected[0] = [1, 1 / 2, (1 / 2 + 2 / 4) / 2]
    assert matrix == pytest.approx(expected, nan_ok=True)


def brute_force(collection, scores):
    """Take the other languages' answers out of the pool, sort it again, and read AP off, query by query."""
    found = {}
    for query in range(len(scores)):
        relevant = collection.relevant[collection.relevant[:, 0] == query, 1]
        held = collection.candidate_languages[relevant]
        for language in set(held.tolist()):
            wanted = set(relevant[held == language].tolist())
            removed = set(relevant.tolist()) - wanted
            pool = [c for c in sorted_pool(scores[query]) if c not in removed]
            places = [place for place, c in enumerate(pool, 1) if c in wanted]
            ap = np.mean([i / place for i, place in enumerate(places, 1)])
            found.setdefault((int(collection.query_languages[query]), language), []).append(ap)
    matrix = np.full((len(collection.languages),) * 2, np.nan)
    for cell, values in found.items():
        matrix[cell] = np.mean(values)
    return matrix


@settings(max_examples=25)
@given(st.integers(0, 10_000), st.sampled_from([(0, 1, 2), (1,), (0, 0, 3), (20,)]))
def test_agrees_with_ranking_the_smaller_pool_anew(seed, answers):
    collection, scores, ranks, _ = evaluated(seed, answers=answers)
    if len(collection.relevant):
        matrix = single_answer_map(PooledAnswers.of(found(collection, ranks)))
        assert matrix == pytest.approx(brute_force(collection, scores), abs=1e-12, nan_ok=True)


def excess(answers):
    """How much better answers are found in the query's language than in others."""
    matrix = single_answer_map(answers)
    return np.diagonal(matrix).mean() - matrix[~np.eye(3, dtype=bool)].mean()


def test_a_preference_for_the_own_language_is_positive():
    biased = pooled(
        *[(language, {1: language, 50: (language + 1) % 3, 60: (language + 2) % 3}) for language in (0, 1, 2)]
    )
    fair = pooled(*[(language, {1: language, 2: (language + 1) % 3, 3: (language + 2) % 3}) for language in (0, 1, 2)])
    assert excess(biased) > 0.9
    assert excess(fair) == 0
