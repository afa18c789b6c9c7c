from math import log2

import ir_measures
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ir_measures import nDCG

from langmix.errors import LangmixError
from langmix.measures.formulas.lang_ndcg import lang_ndcg
from langmix.measures.formulas.ndcg import ndcg
from langmix.measures.pooled_answers import PooledAnswers
from tests.measures.made_up import evaluated, found, pooled


def test_by_hand():
    answers = pooled((0, {1: 1, 2: 0}))  # the other language first
    ideal = 1 + 0.5 / log2(3)
    assert lang_ndcg(answers) == pytest.approx([(0.5 + 1 / log2(3)) / ideal])
    assert lang_ndcg(answers, 1) == pytest.approx([0.5])
    assert lang_ndcg(answers, other_gain=0.25) == pytest.approx([(0.25 + 1 / log2(3)) / (1 + 0.25 / log2(3))])
    assert lang_ndcg(pooled((1, {1: 1, 2: 0}))) == pytest.approx([1])


def test_without_an_answer_in_its_language_a_query_is_measured_on_the_others():
    answers = pooled((2, {2: 0, 5: 1}))
    assert lang_ndcg(answers, 10) == pytest.approx(ndcg(answers.lists, 10))
    assert np.isnan(lang_ndcg(answers, 10, other_gain=0)).all()


@settings(max_examples=10)
@given(st.integers(0, 1000), st.sampled_from([None, 3, 10]), st.sampled_from([1, 3]))
def test_agrees_with_trec_eval_on_graded_judgements(seed, cutoff, own_gain):
    """Gain 1 in the query's language and 1/3 elsewhere is trec_eval's nDCG with judgements 3 and 1."""
    collection, scores, ranks, _ = evaluated(seed)
    answers = PooledAnswers.of(found(collection, ranks))
    names = [f"{999_999 - c}" for c in range(scores.shape[1])]
    run = {str(q): {names[c]: float(s) for c, s in enumerate(row)} for q, row in enumerate(scores)}
    qrels = {}
    for query, candidate in collection.relevant:
        same = collection.candidate_languages[candidate] == collection.query_languages[query]
        qrels.setdefault(str(query), {})[names[candidate]] = own_gain if same else 1
    measure = nDCG if cutoff is None else nDCG @ cutoff
    oracle = {int(m.query_id): m.value for m in ir_measures.iter_calc([measure], qrels, run) if m.query_id in qrels}
    ours = dict(zip(answers.queries.tolist(), lang_ndcg(answers, cutoff, 1 / own_gain).tolist(), strict=True))
    assert ours == pytest.approx(oracle, abs=1e-9)


def test_gain_is_checked():
    with pytest.raises(LangmixError, match=r"other_gain of Lang-nDCG is 1.5; it must be from 0 to 1"):
        lang_ndcg(pooled((0, {1: 0})), other_gain=1.5)
