"""The settings, by hand: who is scored against what, and which figure a mean is taken of."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from langmix.measures.aggregate import by_language, by_pair, metrics, micro
from langmix.measures.formulas.rank_distance import rank_distance
from langmix.measures.per_query import POOL, per_query
from langmix.measures.relevant_ranks import RelevantRanks
from tests.measures.made_up import found, made_up_ranks
from tests.sample_collection import sample_collection


@pytest.fixture
def table():
    """Two questions in three languages; the second has no answer in Arabic. Ranks are made up."""
    collection = sample_collection(np.random.default_rng(0), questions=2, candidates=2)
    relevant = [(q, c) for q in (0, 2, 4) for c in (0, 2, 4)] + [(q, c) for q in (1, 3, 5) for c in (3, 5)]
    collection = replace(collection, relevant=np.array(sorted(relevant)))
    in_language = np.array([1, 2, 1, 2, 1, 1, 2, 2, 1, 1, 1, 1, 2, 2, 2])
    in_pool = np.array([1, 4, 2, 5, 3, 6, 2, 1, 4, 5, 2, 1, 6, 3, 2])
    return per_query(found(collection, made_up_ranks(in_language, in_pool)))


def test_a_query_is_scored_only_where_it_has_an_answer(table):
    pairs = table[table.setting != "multilingual"]
    assert set(pairs[pairs.question == "q1"].candidate_language) == {"de", "en"}
    assert set(pairs[pairs.question == "q0"].candidate_language) == {"ar", "de", "en"}
    assert (pairs.relevant == 1).all()
    assert len(table) == 3 * 3 + 3 * 2 + 6


def test_settings_follow_the_two_languages(table):
    pairs = table[table.setting != "multilingual"]
    same = pairs.query_language.astype(str) == pairs.candidate_language.astype(str)
    assert ((pairs.setting == "monolingual") == same).all()
    assert (table[table.setting == "multilingual"].candidate_language == POOL).all()


def test_pooled_figures_by_hand(table):
    row = table[(table.query_id == "ar/q0") & (table.setting == "multilingual")].iloc[0]
    assert row.relevant == 3
    assert row.average_precision == pytest.approx((1 / 1 + 2 / 2 + 3 / 4) / 3)
    assert row.recall_at_1 == pytest.approx(1 / 3)
    assert row.recall_at_10 == 1
    assert row.ndcg_at_10 == pytest.approx((1 + 1 / np.log2(3) + 1 / np.log2(5)) / (1 + 1 / np.log2(3) + 1 / 2))
    assert row.reciprocal_rank == 1
    assert row.success_at_10 == 1
    assert row.rank_distance == 3
    assert row.best_language == "ar"


def test_aggregates_are_macro_means(table):
    pairs = by_pair(table)
    assert len(pairs) == 3 + 6 + 3  # ar-ar exists through q0
    ar_de = pairs[(pairs.query_language == "ar") & (pairs.candidate_language == "de")].iloc[0]
    assert ar_de.queries == 2
    figures = metrics("sample", pairs)
    expected = np.mean(
        [
            pairs[(pairs.query_language == x) & (pairs.candidate_language == x)]["map"].iloc[0]
            for x in ("ar", "de", "en")
        ]
    )
    assert figures["sample/monolingual/map"] == pytest.approx(expected)
    assert "sample/monolingual/rank_distance" not in figures
    assert figures["sample/multilingual/rank_distance"] == pytest.approx(
        table[table.setting == "multilingual"].groupby("query_language", observed=True).rank_distance.mean().mean()
    )
    rows = by_language(pairs)
    cross = rows[(rows.setting == "cross_lingual") & (rows.query_language == "en")].iloc[0]
    own = pairs[(pairs.setting == "cross_lingual") & (pairs.query_language == "en")]
    assert cross["map"] == pytest.approx(own["map"].mean())


def test_micro_means_count_lists_and_macro_means_count_pairs(table):
    figures, lists = micro("sample", table), table[table.setting == "monolingual"]
    assert list(figures) == [f"{name}_micro" for name in metrics("sample", by_pair(table))]
    assert len(lists) == 1 + 2 + 2  # ar/q1 has no answer in Arabic
    assert figures["sample/monolingual/map_micro"] == pytest.approx(lists.average_precision.sum() / 5)
    assert figures["sample/monolingual/ndcg_at_10_micro"] == pytest.approx(lists.ndcg_at_10.sum() / 5)
    per_pair = lists.groupby("query_language", observed=True).average_precision.mean()
    assert metrics("sample", by_pair(table))["sample/monolingual/map"] == pytest.approx(per_pair.sum() / 3)
    assert figures["sample/monolingual/map_micro"] != pytest.approx(per_pair.sum() / 3)


def test_figures_of_a_setting(table):
    names = {name.removeprefix("sample/monolingual/") for name in metrics("sample", by_pair(table)) if "/mono" in name}
    assert names >= {"map", "mrr", "recall_at_1", "recall_at_10", "ndcg_at_10", "success_at_10"}
    assert "rank_distance" not in names  # defined over languages


def test_a_table_from_before_a_measure_existed_has_its_other_means(table):
    ndcg = ["ndcg_at_10", "ndcg_at_20"]
    older = by_pair(table.drop(columns=ndcg))
    assert set(older) >= {"map", "mrr", "recall_at_1", "recall_at_10", "success_at_10", "rank_distance"}
    pd.testing.assert_frame_equal(by_language(older), by_language(by_pair(table)).drop(columns=ndcg))
    figures = metrics("sample", older) | micro("sample", table.drop(columns=ndcg))
    assert not any("ndcg" in name for name in figures)


def test_rank_distance_needs_two_relevant_candidates():
    lists = RelevantRanks(np.array([5, 1, 2, 9]), np.array([0, 1]))
    distance = rank_distance(lists)
    assert np.isnan(distance[0])
    assert distance[1] == 8


def test_table_survives_parquet(table, tmp_path):
    table.to_parquet(tmp_path / "table.parquet")
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "table.parquet"), table)
