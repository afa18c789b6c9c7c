import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from langmix.measures.formulas.first_result import KINDS, first_result
from langmix.scoring.top import Top
from tests.measures.made_up import evaluated, found, one_each, sorted_pool


def test_by_hand():
    collection = one_each(evaluated(0, questions=2)[0])  # relevant: candidates 0, 20 and 40; queries ar ar de de en en
    first = np.array([0, 20, 21, 41, 40, 3])[:, None]
    split = first_result(found(collection, top=Top(first, np.ones((6, 1), np.float32))))
    assert [KINDS[row.argmax()] for row in split] == [
        "relevant_same_language",
        "relevant_other_language",
        "irrelevant_same_language",
        "irrelevant_other_language",
        "relevant_same_language",
        "irrelevant_other_language",
    ]
    assert (split.sum(axis=1) == 1).all()


@settings(max_examples=15)
@given(st.integers(0, 1000))
def test_is_read_off_the_sorted_pool(seed):
    collection, scores, _, top = evaluated(seed, answers=(5,))
    relevant = set(map(tuple, collection.relevant.tolist()))
    for query, row in enumerate(first_result(found(collection, top=top))):
        first = sorted_pool(scores[query])[0]
        wrong = (query, first) not in relevant
        foreign = collection.candidate_languages[first] != collection.query_languages[query]
        assert row.argmax() == 2 * wrong + foreign
