"""A sweep that is run again, and one that stops."""

import json

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.types import HydraContext
from hypothesis import given
from hypothesis import strategies as st
from omegaconf import OmegaConf

from langmix.app import sweep
from langmix.store import Store
from langmix.tracking import read
from langmix.tracking.client import connect

from .small import small


@pytest.fixture
def overrides(tmp_path):
    return small(tmp_path)


@pytest.fixture
def sweeps(tmp_path):
    """The cells of every sweep so far, as the store knows them, oldest sweep first."""

    def cells():
        store = Store.open(tmp_path / "store")
        client = connect(store.tracking_uri)
        runs = client.search_runs(["1"], order_by=["attributes.start_time ASC"])
        return [read.children(store, run.info.run_id) for run in runs if "sampler" not in run.data.tags]

    return cells


def outcomes(cells):
    return {(cell.key.sampler, cell.key.seed): cell.outcome for cell in cells}


def test_a_sweep_again_runs_what_is_missing_or_failed_and_lists_all(langmix, overrides, sweeps, tmp_path):
    done = langmix("-m", *overrides, "sampler=x_y,en_en", "corpus.languages=[de,ar]")
    assert done.returncode == 2
    assert "2 cells: 1 run, 1 failed" in done.stdout
    done = langmix("-m", *overrides, "sampler=x_y,en_en,none", "seed=0,1", "corpus.languages=[de,ar]")
    assert "langmix: sampler=en_en: no pair of corpus" in done.stderr
    # Where nothing is trained the seed changes nothing.
    assert "6 cells: 2 run, 2 reused, 2 failed" in done.stdout
    first, second = sweeps()
    assert outcomes(second) == {
        ("x_y", 0): "reused",
        ("x_y", 1): "run",
        ("en_en", 0): "failed",
        ("en_en", 1): "failed",
        ("none", 0): "run",
        ("none", 1): "reused",
    }
    store = Store.open(tmp_path / "store")
    made, copy = first[0], second[0]
    assert copy.tags["langmix.reused_from"] == made.run_id
    assert copy.metrics == made.metrics
    assert copy.params["sampler.name"] == "x_y"
    assert copy.because == f"finished as run {made.run_id}"
    # Its files are those of the run that made it, there and in the sweep's folder; a result counts once.
    assert read.artifact(store, copy.run_id, "per_query.parquet").is_relative_to(read.artifact(store, made.run_id, ""))
    figures = [json.loads(path.read_text()) for path in sorted((tmp_path / "multirun").rglob("0/metrics.json"))]
    assert len(figures) == 2
    assert figures[0] == figures[1]
    assert copy.run_id not in {cell.run_id for cell in read.cells(store, "langmix")}

    # What no longer has its files is made again, and everything is where that is wished.
    read.artifact(store, made.run_id, "per_query.parquet").unlink()
    again = langmix("-m", *overrides, "sampler=x_y", "corpus.languages=[de,ar]")
    assert f"run {made.run_id} has lost its artifacts" in " ".join(again.stdout.split())
    assert "trained before, reused" in again.stderr
    assert "1 cells: 1 run" in langmix("-m", *overrides, "sampler=none", "reuse=false").stdout


def test_a_stopped_sweep_lists_what_it_did_not_come_to(langmix, overrides, sweeps):
    done = langmix("-m", *overrides, "sampler=en_en,none", "corpus.languages=[de,ar]", "on_error=stop")
    assert done.returncode == 2
    assert "2 cells: 1 failed, 1 not run" in done.stdout
    assert "not run: on_error=stop, and tiny·en_en·s0 on xquad_r failed" in " ".join(done.stdout.split())
    ((failed, skipped),) = sweeps()
    assert (failed.status, skipped.status) == ("FAILED", "KILLED")


def test_other_code_is_said_and_tagged(langmix, overrides, sweeps, tmp_path):
    assert langmix("-m", *overrides, "sampler=none").returncode == 0
    store = Store.open(tmp_path / "store")
    client = connect(store.tracking_uri)
    ((made,),) = sweeps()
    client.set_tag(made.run_id, "langmix.code", "0123456789ab")
    done = langmix("-m", *overrides, "sampler=none", "baseline=none,round_robin")
    assert done.returncode == 0
    assert f"run {made.run_id} is reused, but was made by other code (0123456789ab, now " in done.stderr
    assert "the sweep's figures were made by 2 versions of langmix's code: 0123456789ab, " in done.stderr
    copy, own = sweeps()[1]
    assert copy.tags["langmix.code"] == "0123456789ab"
    assert "made by other code" in copy.because
    parent = client.get_run(own.tags["mlflow.parentRunId"])
    assert parent.data.tags["langmix.mixed_code"] == f"0123456789ab {own.tags['langmix.code']}"


@pytest.mark.parametrize(
    ("override", "answer"),
    [
        ("on_error=halt", "on_error=halt: must be continue or stop"),
        ("reuse=maybe", "reuse=maybe: must be true or false"),
    ],
)
def test_wrong_values_are_found_at_once(refused, override, answer):
    assert refused("-m", override, "sampler=none,x_y") == answer
    assert refused(override) == answer


@pytest.mark.parametrize(
    ("task", "cells", "name"),
    [
        (["sampler=x_y,hybrid", "dataset=atlas"], 4, "seed=0,1 sampler=x_y,hybrid"),
        (["seed=range(5)", "sampler=choice(x_y,x_x)"], 10, "seed=range(5) sampler=choice(x_y,x_x)"),
        (["sampler=glob(x_*)"], None, "seed=0,1 sampler=glob(x_*)"),
    ],
)
def test_a_sweep_is_counted_and_named_by_its_axes(task, cells, name):
    config = OmegaConf.create({"hydra": {"sweeper": {"params": {"seed": "0,1"}}, "overrides": {"task": task}}})
    assert (sweep._cells(sweep._swept(config)), sweep._name(sweep._swept(config))) == (cells, name)


@given(st.lists(st.integers(1, 4), min_size=1, max_size=4))
def test_every_override_is_composed_before_the_first_cell_runs(sizes):
    # Hydra loads its plugins anew when a configuration is composed, in whichever test: these are the latest classes.
    from hydra_plugins.langmix_sweeper import ProductSweeper

    class Loader:
        def __init__(self):
            self.composed = []

        def load_sweep_config(self, master_config, sweep_overrides):
            self.composed.append(tuple(sweep_overrides))

    axes = [f"key{axis}={','.join(map(str, range(size)))}" for axis, size in enumerate(sizes)]
    (cells,) = ProductSweeper.split_arguments(OverridesParser.create().parse_overrides(axes), None)
    sweeper, loader = ProductSweeper(None), Loader()
    sweeper.hydra_context, sweeper.config = HydraContext(config_loader=loader, callbacks=None), OmegaConf.create()
    sweeper.validate_batch_is_legal(cells)
    assert set(loader.composed) <= {tuple(cell) for cell in cells}
    assert {each for cell in loader.composed for each in cell} == {each for cell in cells for each in cell}
    assert len(loader.composed) == 1 + sum(size - 1 for size in sizes)
