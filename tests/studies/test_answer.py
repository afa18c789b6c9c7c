"""From per-query tables through one file to a word."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from langmix.direction import Direction
from langmix.errors import LangmixError
from langmix.statistics.compare import compare
from langmix.statistics.options import Options
from langmix.studies.answer import answer
from langmix.studies.answer_table import answered
from langmix.studies.plan import Contrast, Grid, Study
from langmix.studies.results import Results

LANGUAGES = ("de", "en", "fi", "th")
GROUPS = {"high": ("de", "en"), "others": ("fi", "th")}
GRID = Grid(
    "mine",
    (),
    {"untrained": ("sampler=none",), "a": (), "b": (), "c": ()},
    {"sample": ()},
    ("average_precision", "rank_distance"),
    4,
    4,
)


def per_query(rng, base, effects, seed_effect):
    """One table: 60 questions in four languages, each value the question's own plus the arm's in that language."""
    rows = []
    for question, of_question in enumerate(base):
        for language, of_list in zip(LANGUAGES, of_question, strict=True):
            value = of_list + effects[language] + seed_effect + rng.normal(0, 0.01)
            common = ("sample", "monolingual", language, language, f"{language}/{question}", str(question))
            rows.append((*common, None, None, 1, value, 10 * value))
    names = ["dataset", "setting", "query_language", "candidate_language", "query_id", "question", "paragraph"]
    return pd.DataFrame(rows, columns=[*names, "article", "relevant", "average_precision", "rank_distance"])


@pytest.fixture(scope="module")
def tables():
    rng = np.random.default_rng(0)
    base = rng.uniform(0.3, 0.7, (60, 1)) + rng.normal(0, 0.05, (60, 4))
    flat = dict.fromkeys(LANGUAGES, 0.0)
    effects = {"untrained": flat, "a": flat, "b": dict.fromkeys(LANGUAGES, 0.05), "c": {**flat, "de": 0.08, "en": 0.08}}
    made = {}
    for arm, of_arm in effects.items():
        for seed in GRID.seeds_of(arm):
            facts = {"cell": f"{arm}{seed}", "code": "x", "trained_by": "" if arm == "untrained" else "x"}
            made[arm, seed] = per_query(rng, base, of_arm, rng.normal(0, 0.002)), facts
    return made


@pytest.fixture(scope="module")
def results(tables):
    return Results.of(GRID.hash_on("sample"), "f" * 64, tables, GRID.measures)


def study(*contrasts):
    return Study("mine", "Is it?", "Perhaps.", GRID, ("sample",), contrasts)


def contrast(arm, against, claim, languages=None, near="", asked_in=(), **margins):
    margins = margins or {"map": 0.005}
    return Contrast(arm, against, claim, "monolingual", margins, languages, ("sample",), near, asked_in)


class TestResults:
    def test_a_file_gives_back_what_was_measured(self, results, tables, tmp_path):
        results.write(tmp_path / "deep" / "sample.parquet")
        read = Results.read(tmp_path / "deep" / "sample.parquet")
        assert (read.grid, read.collection, read.measures) == (results.grid, results.collection, results.measures)
        assert read.cells == results.cells
        assert sorted(path.name for path in (tmp_path / "deep").iterdir()) == ["sample.parquet"]
        for (arm, seed), (table, _) in tables.items():
            found = read.table(arm, seed).set_index("query_id")
            for measure in GRID.measures:
                expected = table.set_index("query_id")[measure].astype(np.float32)
                np.testing.assert_array_equal(found.loc[expected.index, measure].astype(np.float32), expected)

    def test_cells_of_other_lists_are_refused(self, tables):
        table, facts = tables["b", 1]
        other = {**tables, ("b", 1): (table.iloc[1:], facts)}
        with pytest.raises(LangmixError, match="b·s1: ranked other lists than untrained·s0"):
            Results.of("plan", "data", other, GRID.measures)

    def test_joined(self, results, tables, tmp_path):
        some = {cell: of for cell, of in tables.items() if cell[0] != "c"}
        rest = {cell: of for cell, of in tables.items() if cell[0] == "c"}
        first, second = (Results.of(results.grid, results.collection, of, GRID.measures) for of in (some, rest))
        first.write(tmp_path / "first.parquet")
        assert Results.read(tmp_path / "first.parquet").joined(second).cells == results.cells
        with pytest.raises(LangmixError, match="results of another collection cannot be joined"):
            first.joined(replace(second, collection="other"))

    def test_what_is_no_file_of_results(self, tmp_path):
        with pytest.raises(LangmixError, match=r"none\.parquet: no such file"):
            Results.read(tmp_path / "none.parquet")
        (tmp_path / "text.parquet").write_text("no")
        pd.DataFrame({"a": [1]}).to_parquet(tmp_path / "other.parquet")
        for name in ("text", "other"):
            with pytest.raises(LangmixError, match=rf"{name}\.parquet: are no results of a grid"):
                Results.read(tmp_path / f"{name}.parquet")


class TestAnswer:
    def test_the_rows_are_those_of_a_comparison(self, results, tables):
        found = answer(study(contrast("b", "a", "better")), {"sample": results}, resamples=500)
        arms = {arm: [table for (of, _), (table, _) in tables.items() if of == arm] for arm in ("a", "b")}
        options = Options(margins={"average_precision": 0.005}, resamples=500)
        expected = compare(arms, "a", {"average_precision": Direction.HIGHER}, options)
        expected = expected[expected["language"] == "all"].iloc[0]
        row = found.rows[found.rows["language"] == "all"].iloc[0]
        for ours, theirs in (("difference", "difference"), ("ci_low", "ci_low"), ("p", "p_adjusted"), ("mdd", "mdd")):
            assert row[ours] == pytest.approx(expected[theirs], abs=1e-6)
        assert (found.word, row["word"], row["seeds"]) == ("supported", "supported", 4)

    def test_all_claims_have_to_hold(self, results):
        found = answer(study(contrast("b", "a", "better"), contrast("a", "b", "not worse")), {"sample": results}, 500)
        assert found.rows.loc[found.rows["language"] == "all", "word"].tolist() == ["supported", "contradicted"]
        assert found.word == "contradicted"

    def test_an_arm_without_seeds(self, results):
        assert answer(study(contrast("b", "untrained", "better")), {"sample": results}, 500).word == "supported"

    def test_too_few_seeds_are_undecided(self, results):
        few = replace(results, cells={cell: facts for cell, facts in results.cells.items() if cell != ("b", 3)})
        found = answer(study(contrast("b", "a", "better")), {"sample": few}, 500)
        assert (found.word, found.short) == ("undecided", "3 of 4 seeds on sample")
        assert found.rows["word"].iloc[0] == "supported"  # and what there is can be seen

    def test_groups_of_languages(self, results, tables):
        """Of an arm that gains in two languages alone, the gap is that gain; of one that gains everywhere, nothing."""
        asked = study(contrast("c", "a", "better", GROUPS), contrast("b", "a", "equivalent", GROUPS, map=0.02))
        found = answer(asked, {"sample": results}, 500)
        means = {
            arm: pd.concat([table for (of, _), (table, _) in tables.items() if of == arm])
            .groupby("query_language")["average_precision"]
            .mean()
            for arm in ("a", "b", "c")
        }
        for row in found.rows.to_dict("records"):
            change = means[row["arm"]] - means["a"]
            gap = change[["de", "en"]].mean() - change[["fi", "th"]].mean()
            assert row["difference"] == pytest.approx(gap, abs=1e-6)
        assert found.rows["word"].tolist() == ["supported", "supported"]
        assert found.rows["questions"].tolist() == [60, 60]
        # Two of four languages: six ways to split them, and no other gives as large a gap but its mirror.
        assert next(iter(found.permutations.values())) == pytest.approx(2 / 6)

    def test_questions_in_some_languages_alone(self, results, tables):
        found = answer(study(contrast("c", "a", "better", asked_in=("de",))), {"sample": results}, 500)
        means = {}
        for (arm, _), (table, _) in tables.items():
            german = table.loc[table["query_language"] == "de", "average_precision"].mean()
            means.setdefault(arm, []).append(german)
        row = found.rows.iloc[0]
        assert row["difference"] == pytest.approx(np.mean(means["c"]) - np.mean(means["a"]), abs=1e-6)
        assert (row["setting"], len(found.rows)) == ("monolingual, asked in de", 1)

    def test_what_changes_from_one_collection_to_another(self, results, tables):
        """The arm gains .05 on the one and nothing on the other."""
        flat = {
            (arm, seed): (table.assign(average_precision=table["average_precision"] - 0.05 * (arm == "b")), facts)
            for (arm, seed), (table, facts) in tables.items()
        }
        grid = replace(GRID, collections={"sample": (), "near": ()})
        asked = replace(study(contrast("b", "a", "better", near="near")), grid=grid, collections=("near", "sample"))
        near = Results.of(grid.hash_on("near"), "e" * 64, flat, GRID.measures)
        row = answer(asked, {"sample": results, "near": near}, 500).rows.iloc[0]
        alone = answer(study(contrast("b", "a", "better")), {"sample": results}, 500).rows.iloc[0]
        assert row["difference"] == pytest.approx(0.05, abs=1e-6)
        assert row["setting"] == "monolingual, beyond near"
        expected = pytest.approx((alone["difference"] - 0.05, alone["difference"]), abs=1e-6)
        assert (row["against_mean"], row["mean"]) == expected
        # Equal intervals on both: root two times as wide.
        width = (row["ci_high"] - row["ci_low"]) / (alone["ci_high"] - alone["ci_low"])
        assert width == pytest.approx(2**0.5, rel=1e-3)
        assert row["word"] == "supported"

    def test_results_of_another_plan(self, results):
        with pytest.raises(LangmixError, match="are those of another plan"):
            answer(study(contrast("b", "a", "better")), {"sample": replace(results, grid="0" * 64)}, 500)

    @pytest.mark.parametrize("key", ["code", "trained_by"])
    def test_cells_of_several_versions(self, results, key):
        cells = {**results.cells, ("b", 2): {**results.cells["b", 2], key: "a"}}
        message = rf"{key} differs between cells \(a, x; b seed 2 is by the first\)"
        with pytest.raises(LangmixError, match=message):
            answer(study(contrast("b", "a", "better")), {"sample": replace(results, cells=cells)}, 500)

    def test_what_is_shown(self, results, capsys):
        from langmix.console import console

        found = answer(
            study(contrast("b", "a", "better"), contrast("c", "a", "better", GROUPS)), {"sample": results}, 500
        )
        for languages in (False, True):
            for shown in answered(found, languages=languages):
                console().print(shown, soft_wrap=True)
            printed = capsys.readouterr().out
            assert printed.startswith("supported  mine: Is it?\nPerhaps.\n")
            assert "b better than a" in printed
            assert "4 seeds" in printed
            assert (" fi " in printed) == languages
