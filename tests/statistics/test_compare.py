import numpy as np
import pandas as pd
import pytest

from langmix.direction import Direction
from langmix.errors import LangmixError
from langmix.statistics.compare import COLUMNS, compare
from langmix.statistics.families import KEYS
from langmix.statistics.options import Options
from tests.statistics.simulated import Mean, Median, per_query

HIGHER, LOWER, NEITHER = Direction
MEASURES = {"average_precision": HIGHER, "recall_at_1": HIGHER, "rank_distance": LOWER}
QUICK = {"resamples": 499}


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
    assert tuple(result.columns) == COLUMNS
    assert (result["p_adjusted"] >= result["p"]).all()
    assert (result["ci_low"] <= result["pointwise_low"]).all()
    assert (result["level"] == "question").all()
    np.testing.assert_allclose(result[["share_higher", "share_lower", "share_tied"]].sum(axis=1), 1)


def test_p_and_interval_say_the_same(result):
    for p, low, high in (("p_adjusted", "ci_low", "ci_high"), ("p", "pointwise_low", "pointwise_high")):
        apart = (result[low] > 0) | (result[high] < 0)
        np.testing.assert_array_equal(result[p] <= 0.05, apart)
        assert 0 < apart.sum() < len(result)


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
    assert hybrid["share_lower"] > hybrid["share_higher"]


@pytest.mark.parametrize(("direction", "word"), [(LOWER, "better"), (HIGHER, "worse"), (NEITHER, "lower")])
def test_the_caller_says_which_way_is_better(tables, direction, word):
    renamed = {
        name: tables[name].rename(columns={"rank_distance": "log_rank_range"}) for name in ("x_x_mono", "hybrid")
    }
    found = compare(renamed, "x_x_mono", {"log_rank_range": direction}, Options(**QUICK))
    assert row(found, "hybrid", "log_rank_range")["verdict"] == word
    assert row(found, "hybrid", "log_rank_range")["direction"] == direction


@pytest.mark.parametrize("measures", [["rank_distance"], {"rank_distance": None}, {"rank_distance": "down"}])
def test_an_unknown_direction_is_refused(tables, measures):
    with pytest.raises(
        LangmixError, match=r"^measure 'rank_distance': its direction is [^\n]* give one of higher, lower"
    ):
        compare(tables, "x_x_mono", measures)


def test_exchanging_run_and_baseline(tables, result):
    options = Options(margins={"average_precision": 0.03}, **QUICK)
    pair = compare({name: tables[name] for name in ("x_x_mono", "hybrid")}, "x_x_mono", MEASURES, options)
    turned = compare({name: tables[name] for name in ("x_x_mono", "hybrid")}, "hybrid", MEASURES, options)
    np.testing.assert_allclose(turned["difference"], -pair["difference"], atol=1e-12)
    np.testing.assert_allclose(turned["d_z"], -pair["d_z"], atol=1e-9)
    np.testing.assert_array_equal(turned["p_adjusted"], pair["p_adjusted"])
    np.testing.assert_allclose(turned["ci_low"], -pair["ci_high"], atol=1e-12)
    np.testing.assert_array_equal(turned["share_higher"], pair["share_lower"])
    same = row(result, "hybrid")
    for column in ("difference", "pointwise_low", "pointwise_high", "p"):  # whatever else is compared
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
    primary = {"primary": {"measure": ["average_precision"], "setting": ["multilingual"], "run": ["same", "x_y"]}}
    whole = compare(tables, "x_x_mono", MEASURES, Options(**QUICK))
    split = compare(tables, "x_x_mono", MEASURES, Options(families=primary, **QUICK))
    assert whole["family"].value_counts().to_dict() == {"languages": 63, "headline": 21}
    assert split["family"].value_counts().to_dict() == {"languages": 63, "headline": 19, "primary": 2}
    same = whole["family"] == "languages"
    pd.testing.assert_frame_equal(whole[same], split[same])
    inside = split["family"] == "primary"
    assert (split["p_adjusted"][inside] <= whole["p_adjusted"][inside]).all()
    assert (split["ci_low"] >= whole["ci_low"]).all()
    assert row(split, "same")["ci_low"] > row(whole, "same")["ci_low"]


def test_a_family_of_one_is_its_row_alone(tables):
    one = {"one": {"measure": ["recall_at_1"], "setting": ["multilingual"], "run": ["x_y"]}}
    found = row(compare(tables, "x_x_mono", MEASURES, Options(families=one, **QUICK)), "x_y", "recall_at_1")
    assert found["family"] == "one"
    assert found["p_adjusted"] == found["p"]
    assert (found["ci_low"], found["ci_high"]) == (found["pointwise_low"], found["pointwise_high"])


def test_a_measure_that_is_there_twice_costs_nothing(tables, result):
    twice = {name: table.assign(twin=table["average_precision"]) for name, table in tables.items()}
    found = compare(
        twice, "x_x_mono", MEASURES | {"twin": HIGHER}, Options(margins={"average_precision": 0.03}, **QUICK)
    )
    rest = found[found["measure"] != "twin"].reset_index(drop=True)
    columns = [column for column in COLUMNS if column != "p_holm"]
    key = list(KEYS)
    pd.testing.assert_frame_equal(
        rest[columns].sort_values(key, ignore_index=True), result[columns].sort_values(key, ignore_index=True)
    )
    assert (found["p_holm"][found["language"] == "all"].max()) >= result["p_holm"].max()


def test_data_sets_are_drawn_apart(tables):
    both = {
        name: pd.concat([tables[name], tables[name].assign(dataset="twin")], ignore_index=True)
        for name in ("x_x_mono", "hybrid")
    }
    found = compare(both, "x_x_mono", MEASURES, Options(**QUICK))
    one, other = (found[found["dataset"] == name].reset_index(drop=True) for name in ("sample", "twin"))
    np.testing.assert_array_equal(one["difference"], other["difference"])
    assert (one["pointwise_low"] != other["pointwise_low"]).any()
    alone = compare({name: tables[name] for name in both}, "x_x_mono", MEASURES, Options(**QUICK))
    np.testing.assert_array_equal(one["pointwise_low"], alone["pointwise_low"])


def in_paragraphs(table, size=4):
    """Questions of a paragraph have something in common that questions of others do not."""
    paragraph = table["question"].str[1:].astype(int) // size
    return table.assign(paragraph="p" + paragraph.astype(str), article="a" + (paragraph // 3).astype(str))


def test_the_widest_interval_is_the_headline(tables):
    base = in_paragraphs(tables["x_x_mono"])
    rng = np.random.default_rng(8)
    shift = {name: rng.normal(0, 0.2) for name in sorted(set(base["paragraph"]))}
    moved = in_paragraphs(tables["hybrid"])
    moved["average_precision"] += base["paragraph"].map(shift)
    at = {
        level: compare({"base": base, "moved": moved}, "base", MEASURES, Options(cluster=level, **QUICK))
        for level in ("question", "paragraph", "article", "widest")
    }
    lengths = {level: found["pointwise_high"] - found["pointwise_low"] for level, found in at.items()}
    levels = pd.DataFrame(lengths)[["question", "paragraph", "article"]]
    np.testing.assert_allclose(lengths["widest"], levels.max(axis=1))
    np.testing.assert_array_equal(at["widest"]["level"], levels.idxmax(axis=1))
    for level, clusters in {"question": 60, "paragraph": 15, "article": 5}.items():
        assert (at[level]["level"] == level).all()
        assert (at[level]["clusters"] == clusters).all()
        assert (at[level]["questions"] == 60).all()
        here = at["widest"]["level"] == level
        np.testing.assert_array_equal(at["widest"]["p"][here], at[level]["p"][here])
    assert lengths["paragraph"][row(at["paragraph"], "moved").name] > 1.5 * lengths["question"][0]


def test_levels_that_the_tables_do_not_tell(tables):
    base = tables["x_x_mono"]
    empty = base.assign(paragraph="", article=None)
    found = compare({"a": empty, "b": tables["hybrid"]}, "a", MEASURES, Options(**QUICK))
    assert (found["level"] == "question").all()
    with pytest.raises(LangmixError, match="cluster is 'paragraph': the per-query tables of 'sample' do not tell of"):
        compare({"a": empty, "b": base}, "a", MEASURES, Options(cluster="paragraph", **QUICK))
    some = base.assign(paragraph=np.where(base["question"] == "q3", "", "p"))
    with pytest.raises(LangmixError, match="dataset 'sample': question 'q3' has no paragraph, others have one"):
        compare({"a": some, "b": base}, "a", MEASURES)
    torn = base.assign(paragraph=base["query_language"].astype(str))
    with pytest.raises(LangmixError, match="question 'q0' is in several paragraphs"):
        compare({"a": torn, "b": base}, "a", MEASURES)
    with pytest.raises(LangmixError, match=r"run 'b': .* has paragraph 'p9', in run 'a' it is 'p0'"):
        compare({"a": base.assign(paragraph="p0"), "b": base.assign(paragraph="p9")}, "a", MEASURES)


def test_one_question_proves_nothing(tables):
    """A query language with a single question, and questions that are all of one article, beside others."""
    base = in_paragraphs(tables["x_x_mono"])
    base = base[(base["query_language"] != "ar") | (base["question"] == "q3")]
    better = base.assign(average_precision=base["average_precision"] + 0.1)
    found = compare({"a": base, "b": better}, "a", MEASURES, Options(**QUICK))
    lonely = row(found, "b", language="ar")
    assert (lonely["clusters"], lonely["p"], lonely["p_adjusted"], lonely["verdict"]) == (1, 1, 1, "undecided")
    assert np.isinf([lonely["ci_low"], lonely["ci_high"]]).all()
    rest = found[found["language"] != "ar"]
    assert (rest["clusters"] > 1).all()
    assert np.isfinite(rest[["ci_low", "ci_high", "p_adjusted"]]).all(axis=None)


def test_figures_stand_beside_means(tables):
    pool = tables["x_x_mono"].query("setting == 'multilingual'")
    names = sorted(set(pool["question"]))
    runs = {name: tables[name] for name in ("x_x_mono", "hybrid")}

    def figures(table):
        of_question = table.query("setting == 'multilingual'").groupby("question")["rank_distance"].mean()[names]
        return [[Median(of_question, names), Mean(of_question, names, "mean_distance")]]

    measures = MEASURES | {"median": LOWER, "mean_distance": NEITHER}
    given = {name: figures(table) for name, table in runs.items()}
    found = compare(runs, "x_x_mono", measures, Options(margins={"median": 500}, **QUICK), given)
    mean, same = row(found, "hybrid", "mean_distance"), row(found, "hybrid", "rank_distance")
    assert mean["difference"] == pytest.approx(same["difference"])
    assert mean["pointwise_low"] == pytest.approx(same["pointwise_low"], rel=0.2)
    assert (mean["verdict"], same["verdict"]) == ("lower", "better")
    assert (mean["questions"], mean["clusters"], mean["family"]) == (60, 60, "headline")
    median = row(found, "hybrid", "median")
    assert median["p_equivalent"] < 0.05
    assert np.isnan(median["d_z"])
    alone = compare(runs, "x_x_mono", MEASURES, Options(**QUICK))
    assert row(alone, "hybrid")["p"] == row(found, "hybrid")["p"]
    with pytest.raises(LangmixError, match="measure 'mean_distance': its direction is not given"):
        compare(runs, "x_x_mono", MEASURES | {"median": LOWER}, None, given)
    with pytest.raises(LangmixError, match="run 'hybrid': figures of 0 seeds and 1 per-query tables"):
        compare(runs, "x_x_mono", measures, None, {"x_x_mono": given["x_x_mono"]})


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
    assert row(lucky, "hybrid")["p_adjusted"] < 0.01  # one seed each: the models differ
    assert row(several, "hybrid")["p_adjusted"] > 0.05  # three seeds: so do models trained alike
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
        ({"resamples": 10}, "resamples is 10"),
        ({"alpha": 1.5}, "alpha is 1.5"),
        ({"power": 0.0}, "power is 0.0"),
        ({"alpha": 0.001, "resamples": 900}, "resamples is 900: give at least 100, and 1 / alpha - 1"),
        ({"cluster": "chapter"}, "cluster is 'chapter': give one of question, paragraph, article, widest"),
        ({"families": {"a": {"verdict": ["better"]}}}, "families.a: 'verdict' is not one of dataset"),
        ({"families": {"headline": {"run": ["x_y"]}}}, "families: 'headline' is what rows of no declared family"),
        ({"families": {"a": {}}}, "families.a: is empty"),
        ({"families": {"a": {"run": "x_y"}}}, "families.a.run is 'x_y': give a list of values"),
        ({"families": {"a": {"run": ["x_z"]}}}, "families.a: no run 'x_z' is compared (hybrid, same, x_y are)"),
        ({"families": {"a": {"run": ["x_y"]}, "b": {"run": ["x_y"]}}}, "families.b: holds no row"),
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
    nowhere = base.query("setting == 'monolingual'")
    with pytest.raises(LangmixError, match="nothing to compare: no list has a value of rank_distance"):
        compare({"a": nowhere, "b": nowhere}, "a", {"rank_distance": LOWER})
    single = base[base["question"] == "q1"]
    with pytest.raises(LangmixError, match="1 question"):
        compare({"a": single, "b": single}, "a", MEASURES)
