"""A study as a user has one: what is missing, two processes that share the work, the answer without a store."""

import os
import shutil
import subprocess
from dataclasses import replace

import pytest
import yaml

from langmix.app.study import _gathered
from langmix.store import Store
from langmix.studies.results import Results
from langmix.tracking.read import cells
from tests.studies.test_answer import contrast, tables  # noqa: F401  # a fixture
from tests.studies.test_answer import study as of_contrasts
from tests.studies.test_plan import CONTRAST, GRID, STUDY

from .conftest import TINY
from .forking import COMMAND


@pytest.fixture
def plan(tmp_path):
    (tmp_path / "grids").mkdir()
    grid = {**GRID, "common": [*TINY, "retrieval.precision=fp32"]}
    (tmp_path / "grids" / "mine.yaml").write_text(yaml.safe_dump(grid))
    contrast = {**CONTRAST, "margins": {"map": 0.005, "recall_at_10": 0.01}}
    grid["measures"] = ["average_precision", "recall_at_10"]
    (tmp_path / "grids" / "mine.yaml").write_text(yaml.safe_dump(grid))
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump({**STUDY, "contrasts": [contrast]}))
    return "mine.yaml"


def test_a_study_from_nothing_to_its_answer(langmix, plan, tmp_path):
    asked = langmix("study", plan)
    assert asked.returncode == 0, asked.stderr
    assert "mine: 4 of 4 cells of grid mine are missing" in asked.stdout
    assert "seed=0,1 tracking.experiment=mine" in asked.stdout
    assert not (tmp_path / "results").exists()

    environment = os.environ | {"LANGMIX_HOME": str(tmp_path / "store")}
    with subprocess.Popen([COMMAND, "study", plan, "--run"], cwd=tmp_path, env=environment) as other:
        ended = langmix("study", plan, "--run")
    assert (ended.returncode, other.returncode) == (0, 0), ended.stderr
    made = cells(Store.open(tmp_path / "store"), "mine")
    assert sorted((each.key.sampler, each.key.seed) for each in made) == [
        ("hybrid", 0),
        ("hybrid", 1),
        ("x_x_mono", 0),
        ("x_x_mono", 1),
    ]
    assert all(float(each.tags["langmix.seconds"]) > 0 and each.tags["langmix.plan"] for each in made)
    first = langmix("study", plan)
    assert "Is it?" in first.stdout
    assert "missing" not in first.stdout

    shutil.rmtree(tmp_path / "store")
    again = langmix("study", plan)
    assert again.returncode == 0, again.stderr
    assert again.stdout == first.stdout

    assert "plan was changed" not in again.stdout
    _a_plan_that_is_changed_is_told(langmix, plan, tmp_path)

    reported = langmix("report", plan, "--output", "page")
    assert reported.returncode == 0, reported.stderr
    assert "Is it?" in reported.stdout
    assert "<h1>Studies</h1>" in (tmp_path / "page" / "report.html").read_text()
    assert (tmp_path / "page" / "report.md").read_text().startswith("# Studies")

    grid = yaml.safe_load((tmp_path / "grids" / "mine.yaml").read_text())
    (tmp_path / "grids" / "mine.yaml").write_text(yaml.safe_dump({**grid, "seeds": 3}))
    more = langmix("study", plan)
    assert more.returncode == 0, more.stderr
    assert "2 of 6 cells of grid mine are missing" in more.stdout
    assert "undecided by the plan: 2 of 3 seeds on atlas" in more.stdout
    (tmp_path / "grids" / "mine.yaml").write_text(yaml.safe_dump({**grid, "most_seeds": 3}))
    more = langmix("study", plan)
    assert "mine: --run would make 2 further cells, for 3 seeds of all" in more.stdout
    assert "undecided by the plan" not in more.stdout

    (tmp_path / "grids" / "mine.yaml").write_text(yaml.safe_dump({**grid, "common": [*grid["common"], "seed=1"]}))
    changed = langmix("study", plan)
    assert changed.returncode == 2
    assert "are those of another plan" in changed.stderr
    assert changed.stderr.count("\n") == 1


def _a_plan_that_is_changed_is_told(langmix, plan, tmp_path):
    of_mine = yaml.safe_load((tmp_path / "mine.yaml").read_text())
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump({**of_mine, "note": "Better worded."}))
    assert "plan was changed" not in langmix("study", plan).stdout
    easier = {**of_mine["contrasts"][0], "margins": {"map": 0.5, "recall_at_10": 0.5}}
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump({**of_mine, "contrasts": [easier]}))
    assert "the plan was changed after its first answer: it is " in langmix("study", plan).stdout
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(of_mine))
    (tmp_path / "results" / "plans.json").write_text("{}")
    damaged = langmix("study", plan)
    assert (damaged.returncode, damaged.stderr.count("\n")) == (2, 1)
    assert "plans.json: key 'studies' is missing" in damaged.stderr
    (tmp_path / "results" / "plans.json").unlink()


def test_results_are_enough_where_the_data_are_not_here(tmp_path, tables, caplog, monkeypatch):  # noqa: F811
    monkeypatch.setenv("LANGMIX_HOME", str(tmp_path / "store"))
    asked = replace(of_contrasts(contrast("b", "a", "better")), collections=("sample",))
    some = {cell: made for cell, made in tables.items() if cell != ("b", 3)}
    grid = replace(asked.grid, common=("dataset=xquad_r", f"dataset.path={tmp_path}/none"))
    kept = Results.of(grid.hash_on("sample"), "f" * 64, some, grid.measures)
    kept.write(tmp_path / "mine" / "sample.parquet")
    found = _gathered(replace(asked, grid=grid), "sample", tmp_path)
    assert found.cells.keys() == kept.cells.keys()
    assert "what is missing cannot be looked for in the store" in caplog.text


def test_a_report_of_nothing(langmix, plan):
    asked = langmix("report")
    assert (asked.returncode, asked.stderr.count("\n")) == (2, 1)
    assert "results: no study has results there; langmix study NAME says how to get them" in asked.stderr
    asked = langmix("report", plan)
    assert "study mine.yaml: no results at results/mine/atlas.parquet" in asked.stderr


def test_data_that_nothing_says_the_place_of(langmix):
    asked = langmix("plan", "dataset=xquad_r", "dataset.path=${oc.env:NOT_THERE}/xquad_r")
    assert asked.returncode == 2
    assert asked.stderr == "langmix: dataset.path: set the environment variable NOT_THERE, which it refers to\n"


def test_an_unknown_study(langmix):
    asked = langmix("study", "rq0")
    assert asked.returncode == 2
    assert "no study 'rq0'; did you mean 'rq" in asked.stderr
