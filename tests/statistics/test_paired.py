import numpy as np
import pytest

from langmix.errors import LangmixError
from langmix.statistics.paired import align
from tests.statistics.simulated import per_query

MEASURES = ["average_precision", "rank_distance"]


@pytest.fixture
def table():
    return per_query(np.random.default_rng(0), questions=4)


def refused(runs, measures=MEASURES, baseline="a"):
    with pytest.raises(LangmixError) as error:
        align(runs, baseline, measures)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_runs_are_put_into_one_order(table):
    other = table.assign(average_precision=table["average_precision"] + 1)
    paired = align(
        {"b": [other.sample(frac=1, random_state=1)], "a": [table.sample(frac=1, random_state=2)]}, "a", MEASURES
    )
    assert paired.values["a"].shape == (1, len(table), 2)
    np.testing.assert_allclose(paired.values["b"][..., 0] - paired.values["a"][..., 0], 1)
    assert (paired.lists["query_id"].str.split("/").str[1] == paired.lists["question"]).all()


def test_categories_of_other_order_do_not_matter(table):
    other = table.copy()
    other["query_language"] = other["query_language"].cat.reorder_categories(["en", "ar", "de"])
    paired = align({"a": [table], "b": [other]}, "a", MEASURES)
    np.testing.assert_array_equal(paired.values["a"], paired.values["b"])


def test_a_missing_list_is_named(table):
    without = table[~((table["query_id"] == "de/q2") & (table["candidate_language"] == "en"))]
    place = "dataset 'sample', setting 'cross_lingual', query 'de/q2', corpus 'en'"
    assert refused({"a": [table], "b": [without]}) == f"run 'b': no row for {place}; run 'a' has one"
    assert refused({"a": [without], "b": [table]}) == f"run 'a': no row for {place}; run 'b' has one"
    message = refused({"a": [table], "b": [table, without]})
    assert message == f"run 'b' (table 2 of 2): no row for {place}; run 'a' has one"


def test_a_missing_dataset_is_named(table):
    other = table.assign(dataset="other")
    assert refused({"a": [table], "b": [other]}) == "run 'b': dataset 'sample' is missing; run 'a' has it"


@pytest.mark.parametrize(("empty", "full"), [("b", "a"), ("a", "b")])
def test_a_value_missing_on_one_side_is_named(table, empty, full):
    broken = table.copy()
    broken.loc[7, "average_precision"] = np.nan
    message = refused({empty: [broken], full: [table]})
    assert message.startswith(f"run '{empty}': average_precision is NaN for dataset 'sample', setting '")
    assert f"query '{table['query_id'][7]}'" in message
    assert message.endswith(f"run '{full}' has a value")


def test_a_measure_that_is_not_defined_for_a_list_is_no_mistake(table):
    paired = align({"a": [table], "b": [table]}, "a", MEASURES)
    assert np.isnan(paired.values["b"][0, :, 1]).any()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t: t.drop(columns="question"), "run 'b': the per-query table has no column 'question'"),
        (lambda t: t.drop(columns="rank_distance"), "run 'b': the per-query table has no column 'rank_distance'"),
        (lambda t: t[:0], "run 'b': the per-query table is empty"),
        (lambda t: t.iloc[[0, 0]], "occurs twice"),
        (
            lambda t: t.assign(question=t["question"].where(t.index != 3)),
            "run 'b': column 'question' has an empty cell",
        ),
        (
            lambda t: t.assign(question=t["question"].where(t.index != 3, "q9")),
            "has question 'q9', in run 'a' it is 'q0'",
        ),
        (lambda t: t.assign(relevant=2), "has relevant '2', in run 'a' it is '1'"),
        (lambda t: t.assign(average_precision=np.inf), "run 'b': average_precision is infinite for dataset 'sample'"),
    ],
)
def test_tables_that_cannot_be_paired(table, change, words):
    assert words in refused({"a": [table], "b": [change(table)]})


def test_an_unknown_baseline(table):
    assert refused({"b": [table]}) == "baseline 'a' is not among the runs: b"
