"""Figures over questions: ones give the plain figure, counts give the figure of the questions drawn."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langmix.measures.bias import MACRO, bias_table
from langmix.measures.over_questions import ALL, figures
from langmix.measures.per_query import per_query
from langmix.scoring.ranks import Ranks
from langmix.scoring.top import Top
from tests.measures.made_up import evaluated, found

NAMES = {
    "rank_distance_median",
    "single_answer_same_language",
    "single_answer_other_language",
    "single_answer_bias",
    "top10_kl",
    "kendall_w",
    "kendall_w_chance",
}


def evidence_of(seed, answers=(1, 2), questions=9):
    collection, _, ranks, top = evaluated(seed, answers=answers, questions=questions)
    return found(collection, ranks, top)


def drawn(evidence, questions, counts):
    """The evidence with each question as often as it was drawn."""
    times = np.array([counts[questions.index(cluster)] for cluster in evidence.query_questions])
    rows = np.repeat(np.arange(len(times)), times)
    judgements = [np.flatnonzero(evidence.relevant[:, 0] == query) for query in rows]
    query_of = np.repeat(np.arange(len(rows)), [len(each) for each in judgements])
    taken = np.concatenate(judgements)
    return replace(
        evidence,
        query_ids=[f"{evidence.query_ids[row]}/{place}" for place, row in enumerate(rows)],
        query_questions=[f"{evidence.query_questions[row]}/{place}" for place, row in enumerate(rows)],
        query_languages=evidence.query_languages[rows],
        relevant=np.stack([query_of, evidence.relevant[taken, 1]], axis=1),
        ranks=Ranks(*(values[taken] for values in vars(evidence.ranks).values())),
        top=Top(evidence.top.candidates[rows], evidence.top.scores[rows]),
    )


@settings(max_examples=10)
@given(st.integers(0, 1000), st.sampled_from([(1,), (0, 1, 2), (0, 1)]))
def test_ones_give_the_figures_of_the_table(seed, answers):
    evidence = evidence_of(seed, answers)
    table = bias_table(evidence, per_query(evidence))
    for figure in figures(evidence):
        expected = table.loc[MACRO if figure.language == ALL else figure.language, f"multilingual/{figure.measure}"]
        value = figure.value(np.ones((3, len(figure.questions))))
        assert value == pytest.approx(np.full(3, expected), rel=0, abs=1e-12)


@settings(max_examples=10)
@given(st.integers(0, 1000), st.sampled_from([(1,), (1, 2)]))
def test_counts_give_the_figures_of_the_questions_drawn(seed, answers):
    evidence = evidence_of(seed, answers)
    of = figures(evidence)
    assert {figure.measure for figure in of} == NAMES
    questions = of[0].questions
    counts = np.random.default_rng(seed).multinomial(9, np.full(9, 1 / 9), 4)
    for count in counts:
        sample = drawn(evidence, questions, count)
        table = bias_table(sample, per_query(sample))
        for figure in of:
            row = MACRO if figure.language == ALL else figure.language
            expected = table.loc[row, f"multilingual/{figure.measure}"]
            assert figure.value(count[None].astype(float))[0] == pytest.approx(expected, abs=1e-12), figure.measure


def test_draws_are_independent_of_each_other_and_of_their_number():
    evidence = evidence_of(3)
    weights = np.random.default_rng(0).multinomial(9, np.full(9, 1 / 9), 1100).astype(float)
    for figure in figures(evidence):
        whole = figure.value(weights)
        assert whole.shape == (1100,)
        assert figure.value(weights[700:703]) == pytest.approx(whole[700:703], nan_ok=True)


def test_questions_are_sorted_and_each_measure_has_all_languages():
    evidence = evidence_of(4)
    of = figures(evidence)
    assert all(list(figure.questions) == sorted(set(evidence.query_questions)) for figure in of)
    assert {(figure.measure, figure.language) for figure in of} == {
        (measure, language) for measure in NAMES for language in (ALL, "ar", "de", "en")
    }
    assert {figure.setting for figure in of} == {"multilingual"}


def test_nothing_drawn_is_nothing_known():
    evidence = evidence_of(5)
    for figure in figures(evidence):
        assert np.isnan(figure.value(np.zeros((2, len(figure.questions))))).all(), figure.measure


def test_a_language_of_which_nothing_is_drawn_leaves_the_mean_undefined():
    evidence = evidence_of(6)
    clusters = list(evidence.query_questions)
    clusters[:9] = [f"only in ar {number}" for number in range(9)]
    evidence = replace(evidence, query_questions=clusters)
    for figure in figures(evidence):
        weights = np.array([[0.0 if name.startswith("only") else 1.0 for name in figure.questions]])
        assert np.isnan(figure.value(weights)[0]) == (figure.language in {ALL, "ar"}), figure.measure
