import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from langmix.measures.pooled_answers import PooledAnswers
from tests.measures.made_up import evaluated, found, pooled


@settings(max_examples=10)
@given(st.integers(0, 1000))
def test_holds_every_judgement_under_its_query(seed):
    collection, _, ranks, _ = evaluated(seed)
    answers = PooledAnswers.of(found(collection, ranks))
    pairs = set(
        zip(
            answers.queries[answers.lists.list_of].tolist(),
            answers.languages.tolist(),
            answers.lists.ranks.tolist(),
            strict=True,
        )
    )
    expected = {
        (int(query), int(collection.candidate_languages[candidate]), int(place))
        for (query, candidate), place in zip(collection.relevant, ranks.in_pool, strict=True)
    }
    assert pairs == expected
    assert np.array_equal(answers.query_languages, collection.query_languages[answers.queries])


def test_one_query_language():
    answers = pooled((0, {1: 0, 4: 2}), (1, {7: 1}), (0, {2: 1, 3: 2, 9: 2}))
    part = answers.asked_in(0)
    assert part.lists.ranks.tolist() == [1, 4, 2, 3, 9]
    assert part.lists.starts.tolist() == [0, 2]
    assert part.languages.tolist() == [0, 2, 1, 2, 2]
    assert part.queries.tolist() == [0, 2]
    assert part.query_languages.tolist() == [0, 0]
    assert len(answers.asked_in(2).queries) == 0


def test_best_rank_by_language():
    answers = pooled((0, {1: 0, 4: 2}), (1, {2: 1, 3: 2, 9: 2}))
    assert answers.best_by_language.tolist() == [[1, np.inf, 4], [np.inf, 2, 3]]
    assert answers.in_query_language.tolist() == [True, False, True, False, False]
