import numpy as np
import pandas as pd
import pytest

from langmix.errors import LangmixError
from langmix.statistics.compare import KEYS, Options, compare
from tests.statistics.simulated import per_query

MEASURES = ["average_precision", "recall_at_1", "rank_distance"]
QUICK = {"permutations": 500, "resamples": 500}


@pytest.fixture(scope="module")
def tables():
    rng = np.random.default_rng(0)
    base = per_query(rng, questions=60)
    return {
        "x_x_mono": base,
        "hybrid": per_query(rng, base=base, effect=0.05),
        "x_y": per_query(rng, base=base, effect=-0.05),
        "same": per_query(rng, base=base),
    }


@pytest.fixture(scope="module")
def result(tables):
    return compare(tables, "x_x_mono", MEASURES, Options(margins={"average_precision": 0.03}, **QUICK))


def row(result, run, measure="average_precision", setting="multilingual", language="all"):
    chosen = result.query("run == @run and measure == @measure and setting == @setting and language == @language")
    assert len(chosen) == 1
    return chosen.iloc[0]


def test_rows(result):
    assert len(result) == 3 * 4 * (2 + 2 + 3)  # runs, all and three languages, measures by setting
    assert not result.duplicated(list(KEYS)).any()
    assert result.drop(columns=["margin", "p_not_worse", "p_equivalent"]).notna().all(axis=None)
    assert (result["clusters"] == 60).all()
    np.testing.assert_allclose(result["mean"] - result["baseline_mean"], result["difference"], atol=1e-12)
    assert ((result["ci_low"] <= result["difference"]) & (result["difference"] <= result["ci_high"])).all()
    assert (result["p_holm"] >= result["p"]).all()
    np.testing.assert_allclose(result[["share_better", "share_worse", "share_tied"]].sum(axis=1), 1)


def test_verdicts(result):
    assert row(result, "hybrid")["verdict"] == "better"
    assert row(result, "x_y")["verdict"] == "worse"
    assert row(result, "same")["verdict"] == "equivalent within margin"
    assert row(result, "same")["p_equivalent"] < 0.05
    assert row(result, "hybrid")["p_not_worse"] < 0.05 < row(result, "x_y")["p_not_worse"]


def test_a_smaller_rank_distance_is_better(result):
    hybrid = row(result, "hybrid", "rank_distance")
    assert hybrid["difference"] < 0
    assert hybrid["verdict"] == "better"
    assert hybrid["share_better"] > hybrid["share_worse"]


def test_exchanging_run_and_baseline(tables, result):
    options = Options(margins={"average_precision": 0.03}, **QUICK)
    pair = compare({name: tables[name] for name in ("x_x_mono", "hybrid")}, "x_x_mono", MEASURES, options)
    turned = compare({name: tables[name] for name in ("x_x_mono", "hybrid")}, "hybrid", MEASURES, options)
    np.testing.assert_allclose(turned["difference"], -pair["difference"], atol=1e-12)
    np.testing.assert_allclose(turned["d_z"], -pair["d_z"], atol=1e-9)
    np.testing.assert_array_equal(turned["p"], pair["p"])
    np.testing.assert_array_equal(turned["share_better"], pair["share_worse"])
    same = row(result, "hybrid")
    for column in ("difference", "ci_low", "ci_high", "p"):  # other runs in the table change no uncorrected figure
        assert row(pair, "hybrid")[column] == same[column]


def test_order_of_rows_and_runs_does_not_matter(tables, result):
    shuffled = {name: tables[name].sample(frac=1, random_state=3) for name in reversed(tables)}
    again = compare(shuffled, "x_x_mono", MEASURES, Options(margins={"average_precision": 0.03}, **QUICK))
    key = list(KEYS)
    pd.testing.assert_frame_equal(
        again.sort_values(key, ignore_index=True), result.sort_values(key, ignore_index=True), rtol=1e-9
    )


def test_the_seed_decides_the_chance(tables):
    some = {name: tables[name] for name in ("x_x_mono", "same")}
    one, again, other = (compare(some, "x_x_mono", MEASURES, Options(seed=seed, **QUICK)) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(one, again)
    assert (one["ci_low"] != other["ci_low"]).any()
    np.testing.assert_array_equal(one["difference"], other["difference"])


def test_families(tables):
    whole = compare(tables, "x_x_mono", MEASURES, Options(**QUICK))
    split = compare(tables, "x_x_mono", MEASURES, Options(families=["measure"], **QUICK))
    headline = whole["language"] == "all"
    assert headline.sum() == 21
    smallest = whole[headline]["p"].idxmin()
    assert whole["p_holm"][smallest] == pytest.approx(21 * whole["p"][smallest])
    assert (split["p_holm"] <= whole["p_holm"]).all()
    assert (split["p_holm"] < whole["p_holm"]).any()


def test_data_sets_apart(tables):
    both = {
        name: pd.concat([tables[name], tables[name].assign(dataset="twin")], ignore_index=True)
        for name in ("x_x_mono", "hybrid")
    }
    found = compare(both, "x_x_mono", MEASURES, Options(**QUICK))
    columns = ["difference", "ci_low", "ci_high", "p", "clusters"]
    one, other = (found[found["dataset"] == name][columns].to_numpy() for name in ("sample", "twin"))
    np.testing.assert_array_equal(one, other)


def test_several_seeds(tables):
    rng = np.random.default_rng(5)
    base = tables["x_x_mono"]
    runs = {
        "untrained": base,
        "x_x_mono": [per_query(rng, base=base, effect=e) for e in (0.00, 0.04, -0.04)],
        "hybrid": [per_query(rng, base=base, effect=e) for e in (0.03, 0.07, -0.01)],
    }
    options = Options(deterministic=["untrained"], **QUICK)
    several = compare(runs, "x_x_mono", MEASURES, options)
    lucky = compare({"x_x_mono": runs["x_x_mono"][0], "hybrid": runs["hybrid"][0]}, "x_x_mono", MEASURES, options=None)
    assert row(lucky, "hybrid")["p"] < 0.01  # one seed each: the models differ
    assert row(several, "hybrid")["p"] > 0.05  # three seeds: so do models trained alike
    assert row(several, "hybrid")["seeds"] == 3
    assert row(several, "untrained")["seeds"] == 1
    assert row(several, "hybrid")["mdd"] > row(lucky, "hybrid")["mdd"]
    with pytest.raises(LangmixError, match="run 'untrained': one seed is given where two or more are needed"):
        compare(runs, "x_x_mono", MEASURES, Options(**QUICK))


def test_unbalanced_questions(tables):
    kept = np.random.default_rng(6).random(len(tables["x_x_mono"])) < 0.4
    found = compare({n: tables[n][kept] for n in ("x_x_mono", "hybrid")}, "x_x_mono", MEASURES, Options(**QUICK))
    assert row(found, "hybrid")["verdict"] == "better"
    assert found["clusters"].min() < found["clusters"].max() <= 60


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"margins": {"average_precision": 0.0}}, "margin of average_precision is 0.0"),
        ({"margins": {"ndcg": 0.1}}, "margin of ndcg: this measure is not compared"),
        ({"permutations": 0}, "permutations is 0"),
        ({"resamples": 10}, "resamples is 10"),
        ({"alpha": 1.5}, "alpha is 1.5"),
        ({"power": 0.0}, "power is 0.0"),
        ({"families": ["verdict"]}, "families: 'verdict' is not one of dataset"),
        ({"deterministic": ["nobody"]}, "deterministic: 'nobody' is not among the runs"),
    ],
)
def test_wrong_options_are_named(tables, options, words):
    with pytest.raises(LangmixError, match=r"^[^\n]*$") as error:
        compare(tables, "x_x_mono", MEASURES, Options(**options))
    assert words in str(error.value)


def test_nothing_to_compare(tables):
    base = tables["x_x_mono"]
    with pytest.raises(LangmixError, match="nothing to compare"):
        compare({"x_x_mono": base}, "x_x_mono", MEASURES)
    with pytest.raises(LangmixError, match="run 'b': no per-query table is given"):
        compare({"x_x_mono": base, "b": []}, "x_x_mono", MEASURES)
    single = base[base["cluster"] == "q1"]
    with pytest.raises(LangmixError, match="1 question, at least 2 are needed"):
        compare({"a": single, "b": single}, "a", MEASURES)
