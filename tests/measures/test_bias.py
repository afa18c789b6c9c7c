"""The table gathers what the single measures say, by query language; each figure is computed here another way."""

from dataclasses import replace

import numpy as np
import pytest

from langmix.measures.bias import MACRO, bias_metrics, bias_pairs, bias_table
from langmix.measures.formulas.concordance import concordance
from langmix.measures.formulas.first_result import first_result
from langmix.measures.formulas.lang_ndcg import lang_ndcg
from langmix.measures.formulas.language_share import divergence, language_share, relevant_share
from langmix.measures.formulas.peer import peer
from langmix.measures.formulas.rank_correlation import mean_rank_correlation
from langmix.measures.formulas.rank_distance import rank_distance
from langmix.measures.formulas.same_language_first import same_language_chance, same_language_first
from langmix.measures.formulas.single_answer import single_answer_map
from langmix.measures.per_query import per_query
from langmix.measures.pooled_answers import PooledAnswers
from langmix.scoring.ranks import Ranks
from langmix.scoring.scores import Scoring
from langmix.scoring.search import search
from tests.measures.made_up import BIAS, evaluated, found, one_each


@pytest.fixture(scope="module")
def evaluation():
    collection, _, ranks, top = evaluated(5, answers=(1, 2, 0, 1), questions=14)
    return found(collection, ranks, top)


def table_of(evidence):
    return bias_table(evidence, per_query(evidence))


@pytest.fixture(scope="module")
def table(evaluation):
    return table_of(evaluation)


def test_rows_and_columns(table):
    assert list(table.index) == ["ar", "de", "en", MACRO]
    assert table.index.name == "query_language"
    assert set(table.columns) == {f"multilingual/{name}" for name in BIAS}
    assert np.isfinite(table.to_numpy()).all()


def test_figures_of_one_language(evaluation, table):
    answers = PooledAnswers.of(evaluation)
    asked, own = evaluation.query_languages == 1, answers.asked_in(1)
    shares, wanted = language_share(evaluation)[asked], relevant_share(evaluation)[asked]
    expected = {
        "rank_distance_median": np.nanmedian(rank_distance(own.lists)),
        "rank_distance_share": np.nanmean(rank_distance(own.lists)) / 59,
        "same_language_first": np.nanmean(same_language_first(own)),
        "same_language_chance": np.nanmean(same_language_chance(own)),
        "lang_ndcg_at_10": lang_ndcg(own, 10).mean(),
        "first_irrelevant_same_language": first_result(evaluation)[asked, 2].mean(),
        "top10_same_language": (evaluation.candidate_languages[evaluation.top.candidates[asked]] == 1).mean(),
        "top10_kl": float(divergence(shares.mean(axis=0), np.nanmean(wanted, axis=0))),
        "single_answer_same_language": single_answer_map(answers)[1, 1],
        "single_answer_other_language": single_answer_map(answers)[1, [0, 2]].mean(),
        "peer_relevant_at_10": peer(evaluation)[asked].mean(),
        "peer_irrelevant_at_10": peer(evaluation, 0)[asked].mean(),
        "kendall_w": concordance(own).w,
        "kendall_w_chance": concordance(own).chance,
        "mrc_at_10": mean_rank_correlation(evaluation)[asked].mean(),
    }
    row = table.loc["de"].rename(lambda name: name.removeprefix("multilingual/"))
    assert row[list(expected)].to_dict() == pytest.approx(expected)


def test_macro_means(evaluation, table):
    matrix = single_answer_map(PooledAnswers.of(evaluation))
    assert table.loc[MACRO].to_numpy() == pytest.approx(table.loc[["ar", "de", "en"]].to_numpy().mean(axis=0))
    assert table.loc[MACRO, "multilingual/single_answer_bias"] == pytest.approx(
        np.diagonal(matrix).mean() - matrix[~np.eye(3, dtype=bool)].mean()
    )
    firsts = [f"multilingual/{name}" for name in BIAS if name.startswith("first_")]
    assert table.loc[MACRO, firsts].sum() == pytest.approx(1)


def test_flat_metrics(table):
    figures = bias_metrics("sample", table)
    assert set(figures) == {f"sample/multilingual/{name}" for name in BIAS}
    assert figures["sample/multilingual/kendall_w"] == pytest.approx(table["multilingual/kendall_w"][:3].mean())
    assert all(type(value) is float for value in figures.values())


def test_what_is_not_defined_is_left_out(evaluation):
    single = np.unique(evaluation.relevant[:, 0], return_index=True)[1]  # one answer per query
    ranks = Ranks(*(of_all[single] for of_all in vars(evaluation.ranks).values()))
    top = replace(evaluation.top, candidates=evaluation.top.candidates[:, :1])
    table = table_of(replace(evaluation, relevant=evaluation.relevant[single], ranks=ranks, top=top))
    figures = bias_metrics("sample", table)
    assert "sample/multilingual/kendall_w" not in figures
    assert "sample/multilingual/rank_distance_median" not in figures
    assert "sample/multilingual/mrc_at_1" not in figures
    assert "sample/multilingual/lang_ndcg_at_1" in figures


def embedded(own_language, collection):
    """Random unrelated texts, the question's answer clearly nearest, and a pull of ``own_language`` on every pair."""
    rng = np.random.default_rng(0)
    questions = len(collection.query_ids) // 3
    content = np.eye(questions, 24)
    answers = np.concatenate([content] * 3)
    noise = 0.01 * rng.standard_normal((60, 24))
    noise[np.concatenate([np.arange(questions) + 20 * lang for lang in range(3)])] += answers
    language_part = own_language * np.eye(3)
    queries = np.hstack([answers, language_part[collection.query_languages]])
    candidates = np.hstack([noise, language_part[collection.candidate_languages]])
    return queries.astype(np.float32), candidates.astype(np.float32)


def test_a_pull_of_the_own_language_shows_in_every_figure():
    collection = evaluated(0, questions=14)[0]
    pairs = [(q, 20 * lang + q % 14) for q in range(42) for lang in range(3)]
    collection = replace(collection, relevant=np.array(pairs))
    fair, biased = (
        table_of(found(collection, *search(collection, Scoring(*vectors), 10))).loc[MACRO]
        for vectors in (embedded(0.0, collection), embedded(1.5, collection))
    )
    fair.index = biased.index = fair.index.str.removeprefix("multilingual/")
    for higher in ("same_language_first", "single_answer_bias", "kendall_w", "rank_distance_median", "log_rank_range"):
        assert biased[higher] > fair[higher], higher
    for higher in ("top10_kl", "top10_same_language"):
        assert biased[higher] > fair[higher], higher
    for lower in ("mrc_at_10", "single_answer_other_language"):
        assert biased[lower] < fair[lower], lower
    assert biased["same_language_first"] == 1
    assert fair["same_language_first"] == pytest.approx(fair["same_language_chance"], abs=0.2)
    assert fair["single_answer_bias"] == pytest.approx(0, abs=0.01)
    assert biased["kendall_w"] > 0.7
    assert biased["peer_irrelevant_at_10"] == 1  # all irrelevant candidates in one language: nothing to compare


def test_the_relevant_level_of_peer_is_the_same_for_any_system():
    for seed in (1, 2):
        collection = one_each(evaluated(seed)[0])
        rng = np.random.default_rng(seed)
        vectors = [rng.standard_normal((n, 6)).astype(np.float32) for n in (24, 60)]
        table = table_of(found(collection, *search(collection, Scoring(*vectors), 60)))
        assert table["multilingual/peer_relevant_at_60"].to_numpy() == pytest.approx(0.3679, abs=5e-5)


def test_pairs_say_which_language_favours_which():
    collection, _, ranks, top = evaluated(3)
    pairs = bias_pairs(found(collection, ranks, top))
    answers = PooledAnswers.of(found(collection, ranks))
    matrix = single_answer_map(answers)
    for row in pairs.to_dict("records"):
        asked, held = (collection.languages.index(row[f"{side}_language"]) for side in ("query", "candidate"))
        queries = collection.query_languages == asked
        in_top = collection.candidate_languages[top.candidates[queries]] == held
        assert row["top_share"] == pytest.approx(in_top.mean())
        assert row["relevant_share"] == pytest.approx(np.nanmean(relevant_share(found(collection))[queries, held]))
        first = [
            answers.languages[start] == held
            for start, language in zip(answers.lists.starts, answers.query_languages, strict=True)
            if language == asked
        ]
        assert row["first_share"] == pytest.approx(np.mean(first))
        assert row["single_answer_map"] == pytest.approx(matrix[asked, held], nan_ok=True)
    assert len(pairs) == len(collection.languages) ** 2
    assert pairs.groupby("query_language").top_share.sum().to_list() == pytest.approx([1.0] * 3)
