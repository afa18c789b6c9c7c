import ir_measures
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ir_measures import R

from langmix.measures.formulas.pool_coverage import complete, other_language_recall, worst_rank
from langmix.measures.pooled_answers import PooledAnswers
from langmix.measures.relevant_ranks import RelevantRanks
from tests.measures.made_up import evaluated, found, pooled

LISTS = RelevantRanks(np.array([2, 5, 64, 9, 1, 101]), np.array([0, 3, 4]))  # ranks 2 5 64 | 9 | 1 101


def test_by_hand():
    assert worst_rank(LISTS).tolist() == [64, 9, 101]
    assert complete(LISTS, 64).tolist() == [1, 1, 0]
    assert complete(LISTS, 8).tolist() == [0, 0, 0]
    answers = pooled((0, {1: 0, 4: 2, 30: 1}), (1, {7: 1}), (0, {2: 1, 3: 2, 9: 2}))
    assert other_language_recall(answers, 3) == pytest.approx([0, np.nan, 2 / 3], nan_ok=True)
    assert other_language_recall(answers, 9) == pytest.approx([1 / 2, np.nan, 1], nan_ok=True)


@settings(max_examples=20)
@given(st.integers(0, 1000), st.sampled_from([1, 3, 10]))
def test_is_trec_evals_recall_of_what_is_in_other_languages(seed, cutoff):
    collection, scores, ranks, _ = evaluated(seed)
    answers = PooledAnswers.of(found(collection, ranks))
    # trec_eval breaks ties by name, last name first
    names = [f"{999_999 - i}" for i in range(len(collection.candidate_ids))]
    qrels, every, run = {}, {}, {}
    for query, candidate in collection.relevant:
        name = collection.query_ids[query]
        every.setdefault(name, {})[names[candidate]] = 1
        if collection.candidate_languages[candidate] != collection.query_languages[query]:
            qrels.setdefault(name, {})[names[candidate]] = 1
        run[name] = {names[c]: float(scores[query, c]) for c in range(len(names))}
    for judged, ours in (
        (qrels, other_language_recall(answers, cutoff)),
        (every, complete(answers.lists, cutoff)),
    ):
        expected = {one.query_id: one.value for one in ir_measures.iter_calc([R @ cutoff], judged, run)}
        for query, value in zip(answers.queries, ours, strict=True):
            theirs = expected.get(collection.query_ids[query], np.nan)
            if judged is every:
                theirs = float(theirs == 1)
            assert value == pytest.approx(theirs, nan_ok=True)
