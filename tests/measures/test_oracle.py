"""Every effectiveness measure against trec_eval, through ir_measures and pytrec_eval."""

import ir_measures
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ir_measures import AP, RR, R, Success, nDCG

from langmix.measures.evidence import Evidence
from langmix.measures.formulas.average_precision import average_precision
from langmix.measures.formulas.ndcg import ndcg
from langmix.measures.formulas.recall import recall
from langmix.measures.formulas.reciprocal_rank import reciprocal_rank
from langmix.measures.formulas.success import success
from langmix.measures.per_query import POOL, per_query
from langmix.measures.pooled_answers import PooledAnswers
from langmix.scoring.scores import Scoring
from langmix.scoring.search import search
from tests.sample_collection import sample_collection, sample_embeddings

COLUMNS = {
    AP: "average_precision",
    R @ 1: "recall_at_1",
    R @ 10: "recall_at_10",
    nDCG @ 10: "ndcg_at_10",
    RR: "reciprocal_rank",
    Success @ 10: "success_at_10",
}


def trec_eval(collection, scores, candidate_language, measures):
    """Query id -> values of the measures, for the ranking of one language's candidates, or of all, by trec_eval.

    trec_eval breaks ties by document name, last name first; names are chosen so that this is index order.
    """
    in_corpus = np.ones(len(collection.candidate_ids), bool)
    if candidate_language != POOL:
        in_corpus = collection.candidate_languages == collection.languages.index(candidate_language)
    names = [f"{999_999 - i}" for i in range(len(collection.candidate_ids))]
    qrels, run = {}, {}
    grades = np.ones(len(collection.relevant), int) if collection.grades is None else collection.grades
    for (query, candidate), grade in zip(collection.relevant, grades.tolist(), strict=True):
        if in_corpus[candidate]:
            qrels.setdefault(collection.query_ids[query], {})[names[candidate]] = grade
    for query, name in enumerate(collection.query_ids):
        if name in qrels:
            run[name] = {names[c]: float(scores[query, c]) for c in np.flatnonzero(in_corpus)}
    out = {name: {} for name in qrels}
    for value in ir_measures.iter_calc(list(measures), qrels, run):
        out[value.query_id][value.measure] = value.value
    return {name: [values[measure] for measure in measures] for name, values in out.items()}


def greatest_difference(collection, queries, candidates):
    table = per_query(Evidence.of(collection, *search(collection, Scoring(queries, candidates), 1)))
    scores = queries @ candidates.T
    worst = 0.0
    for candidate_language, rows in table.groupby("candidate_language", observed=True):
        oracle = trec_eval(collection, scores, candidate_language, COLUMNS)
        assert set(oracle) == set(rows["query_id"])
        ours = rows.set_index("query_id")[list(COLUMNS.values())]
        for name, values in oracle.items():
            worst = max(worst, float(np.abs(ours.loc[name].to_numpy(float) - values).max()))
    return worst


@settings(max_examples=15)
@given(st.integers(0, 10_000), st.sampled_from([(0, 1, 2), (1,), (20,), (0, 20)]), st.integers(1, 3))
def test_agrees_with_trec_eval_on_rankings_full_of_ties(seed, answers, levels):
    rng = np.random.default_rng(seed)
    collection = sample_collection(rng, questions=6, answers=answers)
    assert greatest_difference(collection, *sample_embeddings(rng, collection, levels=levels)) < 1e-9


@settings(max_examples=15)
@given(st.integers(0, 10_000), st.sampled_from([(0, 1, 2), (1,), (20,), (0, 20)]), st.sampled_from([1, 2, 5, 30, 100]))
def test_agrees_with_trec_eval_at_every_cut_off_and_at_full_depth(seed, answers, k):
    """(20,) makes every candidate relevant; 100 is more than there are."""
    rng = np.random.default_rng(seed)
    collection = sample_collection(rng, questions=4, answers=answers)
    queries, candidates = sample_embeddings(rng, collection, levels=1)
    measures = (AP, AP @ k, R @ k, RR, Success @ k, nDCG, nDCG @ k)
    oracle = trec_eval(collection, queries @ candidates.T, POOL, measures)
    if not oracle:
        return
    answers = PooledAnswers.of(Evidence.of(collection, *search(collection, Scoring(queries, candidates), 1)))
    lists = answers.lists
    ours = np.stack(
        [
            average_precision(lists),
            average_precision(lists, k),
            recall(lists, k),
            reciprocal_rank(lists),
            success(lists, k),
            ndcg(lists),
            ndcg(lists, k),
        ],
        axis=1,
    )
    assert ours == pytest.approx(np.array([oracle[collection.query_ids[query]] for query in answers.queries]), abs=1e-9)


@settings(max_examples=15)
@given(st.integers(0, 10_000))
def test_agrees_with_trec_eval_on_grades(seed):
    rng = np.random.default_rng(seed)
    collection = sample_collection(rng, questions=4, answers=(0, 3, 8), grades=(1, 2, 7))
    assert greatest_difference(collection, *sample_embeddings(rng, collection)) < 1e-9


def test_agrees_with_trec_eval_on_xquad_r(xquad_r):
    """Real questions and sentences; random directions with a shared part stand in for a model's embeddings."""
    rng = np.random.default_rng(1)
    by_query = rng.standard_normal((len(xquad_r.query_ids), 16)).astype(np.float32)
    candidates = rng.standard_normal((len(xquad_r.candidate_ids), 16)).astype(np.float32)
    for query, candidate in xquad_r.relevant:
        candidates[candidate] += 0.1 * by_query[query]
    few = np.flatnonzero(np.isin(xquad_r.query_questions, sorted(set(xquad_r.query_questions))[:12]))
    kept = sub_collection(xquad_r, few)
    assert greatest_difference(kept, by_query[few], candidates) < 1e-9


def sub_collection(collection, queries):
    from dataclasses import replace

    position = {int(q): i for i, q in enumerate(queries)}
    relevant = [(position[int(q)], int(c)) for q, c in collection.relevant if int(q) in position]
    return replace(
        collection,
        query_ids=[collection.query_ids[q] for q in queries],
        query_questions=[collection.query_questions[q] for q in queries],
        query_languages=collection.query_languages[queries],
        query_texts=[collection.query_texts[q] for q in queries],
        relevant=np.array(relevant, dtype=np.int64),
    )
