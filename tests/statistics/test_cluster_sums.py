import numpy as np
import pytest

from langmix.measures.aggregate import by_language, by_pair, metrics
from langmix.statistics.cluster_sums import ALL, cluster_sums
from langmix.statistics.paired import align
from tests.statistics.simulated import per_query

MEASURES = ("average_precision", "recall_at_1", "rank_distance")


@pytest.fixture(params=["balanced", "unbalanced"])
def tables(request):
    rng = np.random.default_rng(0)
    first = per_query(rng, questions=12)
    if request.param == "unbalanced":
        first = first[rng.random(len(first)) < 0.5]
    first.loc[first["question"] == "q3", "rank_distance"] = np.nan  # as for a question with a single answer
    return {"a": first, "b": per_query(rng, base=first, effect=0.1)}


@pytest.fixture
def sums(tables):
    paired = align({name: [table] for name, table in tables.items()}, "a", MEASURES)
    return {setting: cluster_sums(paired, "sample", setting) for setting in set(paired.lists["setting"])}


def test_means_are_those_of_the_project(tables, sums):
    pairs = by_pair(tables["b"].assign(recall_at_10=0.0))
    headline, languages = metrics("sample", pairs), by_language(pairs).set_index(["setting", "query_language"])
    seen = 0
    for setting, data in sums.items():
        for (language, measure), mean in zip(
            data.rows[["language", "measure"]].to_numpy(), data.estimates("b")[0], strict=True
        ):
            column = "map" if measure == "average_precision" else measure
            all_pairs = language == ALL
            told = headline[f"sample/{setting}/{column}"] if all_pairs else languages.loc[(setting, language), column]
            assert mean == pytest.approx(told)
            seen += 1
    assert seen == 4 * (2 + 2 + 3)  # rank distance is defined in the pool only


def test_contributions_add_up_to_the_difference(sums):
    for data in sums.values():
        contributions = data.contributions(data.difference("b", "a"))
        np.testing.assert_allclose(contributions.sum(axis=0), (data.estimates("b") - data.estimates("a"))[0])
        np.testing.assert_allclose(data.influence(data.difference("b", "a")).sum(axis=0), 0, atol=1e-9)
        if data.balanced:
            centred = contributions - contributions.mean(axis=0)
            np.testing.assert_allclose(data.influence(data.difference("b", "a")), centred, atol=1e-12)


def test_influence_is_what_leaving_a_question_out_changes(sums):
    for data in sums.values():
        y = data.difference("b", "a")
        influence = data.influence(y)
        for question in range(3):
            rest = np.arange(len(y)) != question
            sizes = data.counts[rest].sum(axis=0)
            if (sizes == 0).any():
                continue
            without = y[rest].sum(axis=0) / sizes @ data.weights
            change = data.contributions(y).sum(axis=0) - without
            np.testing.assert_allclose(influence[question], change, atol=0.75 * np.abs(change).max())


def test_questions_without_a_value_are_not_counted(sums):
    pooled = sums["multilingual"]
    distance = (pooled.rows["measure"] == "rank_distance") & (pooled.rows["language"] == ALL)
    precision = (pooled.rows["measure"] == "average_precision") & (pooled.rows["language"] == ALL)
    assert pooled.clusters[distance.to_numpy()] == pooled.clusters[precision.to_numpy()] - 1


def test_what_rounding_leaves_of_a_tie_is_a_tie(sums):
    for data in sums.values():
        data.sums["b"][:] = data.sums["a"] * (1 + 1e-15)
        assert not data.difference("b", "a").any()


def test_questions_of_a_paragraph_are_added_up(sums):
    for data in sums.values():
        paragraph = np.arange(len(data.counts)) // 3
        grouped = data.grouped(paragraph)
        assert len(grouped.counts) == 4
        np.testing.assert_allclose(grouped.estimates("b"), data.estimates("b"))
        one, other = (each.influence(each.difference("b", "a")) for each in (data, grouped))
        np.testing.assert_allclose(other, np.add.reduceat(one, range(0, len(one), 3), axis=0), atol=1e-9)
