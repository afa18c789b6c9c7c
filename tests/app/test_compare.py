"""``langmix compare`` on runs that were really tracked."""

import shutil

import pandas as pd
import pyarrow.parquet as pq
import pytest

from langmix.measures.measure import Needs
from langmix.measures.registry import columns, measure
from langmix.store import Store
from langmix.tracking.cell import PARENT
from langmix.tracking.read import artifact, cells

from .conftest import TINY


@pytest.fixture
def store(tmp_path):
    return Store.open(tmp_path / "store")


@pytest.fixture
def runs(langmix, store):
    """Ids of an untrained and a trained cell on the same data, and of one on other data."""
    assert langmix("-m", *TINY, "sampler=none,x_y").returncode == 0
    assert langmix(*TINY, "sampler=none", "dataset.languages=[en,fr]").returncode == 0
    return [cell.run_id for cell in cells(store, "langmix")]


def test_runs_are_compared_and_wrong_ones_refused(langmix, refused, runs, store, tmp_path):
    untrained, trained, elsewhere = runs
    done = langmix("compare", untrained, trained, "--margin", "map=0.01")
    assert done.returncode == 0, done.stderr
    assert "tiny·x_y against tiny·untrained on atlas" in done.stdout
    assert "with one seed of tiny·x_y nothing is said about training anew" in done.stdout
    table = pd.read_csv(tmp_path / "comparison" / "atlas.csv")
    assert set(table.verdict) <= {"better", "worse", "equivalent within margin", "undecided"}
    whole = table[
        (table.language == "all") & (table.setting == "multilingual") & (table.measure == "average_precision")
    ]
    tables = {cell.run_id: cell.metrics for cell in cells(store, "langmix")}
    assert whole.baseline_mean.item() == pytest.approx(tables[untrained]["atlas/multilingual/map"])
    assert whole["mean"].item() == pytest.approx(tables[trained]["atlas/multilingual/map"])
    assert whole.margin.item() == 0.01
    assert (tmp_path / "comparison" / "atlas_average_precision.png").stat().st_size > 10_000

    line = refused("compare", untrained, elsewhere)
    assert line.startswith(f"run {elsewhere} was evaluated on other data than run {untrained}: atlas ")
    assert "margin" in refused("compare", untrained, trained, "--margin", "map=0")
    assert "all runs are one arm, tiny·untrained" in refused("compare", untrained, untrained)
    assert "0123" in refused("compare", untrained, "0123")
    assert "tiny·x_y: has one seed" in refused("compare", untrained, trained, "--seeds")
    assert "there is no measure 'mpa'" in refused("compare", untrained, trained, "--measures", "mpa")
    assert "no such folder" in refused("compare", untrained, trained, "--config-dir", "nowhere")
    assert refused("compare", "--where", "params.corpus = 'none'") == (
        "no finished cell in experiment 'langmix' meets the filter params.corpus = 'none'"
    )
    assert refused("compare", untrained, trained, "--baseline", "hybrid") == (
        "--baseline hybrid: is no arm (there are: tiny·untrained, tiny·x_y)"
    )


def test_every_measure_of_bias_gets_an_interval(langmix, runs, store, tmp_path):
    untrained, trained, _ = runs
    done = langmix("compare", untrained, trained, "--measures", "bias", "map")
    assert done.returncode == 0, done.stderr
    table, _, remarks = done.stdout.partition("intervals and p hold")
    assert max(len(line.rstrip()) for line in table.splitlines()) <= 100
    assert "25 plots: comparison/atlas_*.png" in remarks
    table = pd.read_csv(tmp_path / "comparison" / "atlas.csv").set_index(["setting", "measure", "language"])
    pooled = table.loc["multilingual"].xs("all", level="language")
    reported = {cell.run_id: cell.metrics for cell in cells(store, "langmix")}[trained]
    names = {name.removeprefix("atlas/multilingual/") for name in reported if name.startswith("atlas/multilingual/")}
    effectiveness = {measure(name).metric for name in columns(Needs.LIST, top=10)}
    judged = names - effectiveness - {"tied", "same_language_chance", "kendall_w_chance"}
    assert set(pooled.index) == judged | {"average_precision"}
    for name in judged:
        assert pooled.loc[name, "mean"] == pytest.approx(reported[f"atlas/multilingual/{name}"], abs=1e-9)
    assert pooled[["ci_low", "ci_high", "p_adjusted", "p_holm"]].notna().all(axis=None)


def test_files_that_are_missing_damaged_or_of_another_run_are_told(langmix, refused, runs, store):
    untrained, trained, elsewhere = runs
    folder, other = (artifact(store, run, "") for run in (trained, elsewhere))
    path = folder / "per_query.parquet"
    kept = path.read_bytes()
    shutil.copy(other / path.name, path)
    assert f"{path}: belongs to cell " in refused("compare", untrained, trained)
    path.write_bytes(b"PAR1")
    assert f"{path}: damaged" in refused("compare", untrained, trained)
    table = pq.read_table(path.parent / "top.parquet")
    path.write_bytes(kept)
    whole = pq.read_table(path)
    pq.write_table(whole.slice(1), path)  # the schema, and with it whose it is, stays
    assert "run 'tiny·x_y': no row for dataset 'atlas'" in refused("compare", untrained, trained)
    path.write_bytes(kept)

    # A sweep takes over only what is whole and its own.
    (folder / "top.parquet").unlink()
    assert f"{folder}: has no top.parquet" in refused("compare", untrained, trained, "--measures", "kendall_w")
    again = langmix("-m", *TINY, "sampler=x_y")
    why = f"run {trained} has lost its artifacts: {folder}: has no top.parquet"
    assert "".join(why.split()) in "".join(again.stdout.split())  # it is broken over lines
    assert "1 cells: 1 run" in again.stdout
    pq.write_table(table, folder / "top.parquet")


def test_learning_rates_are_arms_and_a_sweep_can_be_compared_whole(langmix, refused, store, tmp_path):
    swept = ["sampler=x_y", "training.learning_rate=0.001,0.05", "seed=0,1"]
    done = langmix("-m", *TINY, *swept)
    assert done.returncode == 0, done.stderr
    assert "x_y lr=0.001" in done.stdout
    assert "x_y lr=0.05" in done.stdout
    made = cells(store, "langmix")
    sweep = made[0].tags[PARENT]
    done = langmix("compare", sweep, "--baseline", "x_y lr=0.05")
    assert done.returncode == 0, done.stderr
    assert "tiny·x_y lr=0.001 against tiny·x_y lr=0.05 on atlas" in done.stdout
    assert "and the seeds of each arm" in done.stdout
    table = pd.read_csv(tmp_path / "comparison" / "atlas.csv")
    assert set(table.seeds) == set(table.baseline_seeds) == {2}

    # One seed of each is a comparison of two arms with one seed, not of one arm with two.
    first, second = (
        next(cell for cell in made if cell.key.seed == 1 and cell.params["training.learning_rate"] == rate)
        for rate in ("0.001", "0.05")
    )
    done = langmix("compare", first.run_id, second.run_id)
    assert "nothing is said about training anew" in done.stdout
    assert "tiny·x_y lr=0.05 against tiny·x_y lr=0.001" in done.stdout

    where = "params.`training.learning_rate` = '0.05'"
    assert refused("compare", "langmix", "--where", where).startswith("all runs are one arm, tiny·x_y")
    both = f"{where} or x"
    assert refused("compare", "--where", both).startswith(f"MLflow store {store.tracking_uri}: ")
