"""An MLflow server that is down, or goes down while a run is being written."""

import shutil
import time

import pytest

from langmix.errors import LangmixError
from langmix.store import Store
from langmix.tracking import read
from langmix.tracking.cell import CellKey
from langmix.tracking.client import UnansweredError
from langmix.tracking.journal import kept_runs, sync
from langmix.tracking.runs import Tracker

from .server import Server

KEY = CellKey("me5_small", "hybrid", "xquad_r", 0, 0.5)


@pytest.fixture
def server(tmp_path, store):
    server = Server(tmp_path, f"sqlite:///{store.root / 'mlflow.db'}")
    yield server
    server.down()


def test_a_server_that_is_down_is_told_within_seconds(tmp_path, server):
    store = Store.open(tmp_path / "other", server.uri)
    start = time.monotonic()
    with pytest.raises(LangmixError, match=f"MLflow store {server.uri}") as caught:
        Tracker.open(store, "grid")
    assert "\n" not in str(caught.value)
    assert time.monotonic() - start < 20


def test_what_a_server_misses_is_kept_and_sent_later(tmp_path, server, caplog):
    server.up()
    store = Store.open(tmp_path / "other", server.uri)
    tracker = Tracker.open(store, "grid")
    table = tmp_path / "table.csv"
    table.write_text("map\n.5\n")
    sweep = tracker.open_sweep("sweep")
    with tracker.cell(KEY, {"seed": 0}, {}, sweep.id) as run:
        server.down()
        run.log_step(1, {"loss": 0.5})
        run.flush()
        run.log_metrics({"xquad_r/map": 0.25})
        run.log_artifact(table, "tables")
    table.unlink()
    tracker.close_sweep(sweep)
    assert caplog.text.count("does not answer; the results of run") == 2
    with pytest.raises(LangmixError, match=f"MLflow store {server.uri}"):
        sync(store)
    assert {path.name for path in store.unsent.iterdir()} == {run.id, sweep.id}
    server.up()
    assert sync(store) == [run.id, sweep.id]
    assert list(store.unsent.iterdir()) == []
    cell = read.cell(store, run.id)
    assert (cell.status, cell.metrics, cell.reason) == ("FINISHED", {"loss": 0.5, "xquad_r/map": 0.25}, "")
    assert read.artifact(store, run.id, "tables/table.csv").read_text() == "map\n.5\n"
    assert tracker._client.get_run(sweep.id).info.status == "FINISHED"
    assert sync(store) == []


def test_a_cell_that_begins_without_a_server_is_sent_later(tmp_path, server):
    server.up()
    store = Store.open(tmp_path / "other", server.uri)
    tracker = Tracker.open(store, "grid")
    sweep = tracker.open_sweep("sweep")
    server.down()
    with pytest.raises(UnansweredError):
        tracker.same("0123")
    with tracker.cell(KEY, {"seed": 0}, {"backbone_origin": "random:0"}, sweep.id) as run:
        run.log_metrics({"xquad_r/map": 0.25})
    tracker.close_sweep(sweep)
    assert {path.name for path in store.unsent.iterdir()} == {run.id, sweep.id}
    shutil.copytree(store.unsent / run.id, tmp_path / "kept")
    assert [name for name, _ in kept_runs(store.unsent, store.tracking_uri)] == [run.id]
    assert sync(Store.open(tmp_path / "other")) == []  # another MLflow store's
    server.up()
    assert len(sync(store)) == 2
    (cell,) = read.children(store, sweep.id)
    assert (cell.status, cell.metrics, cell.params["seed"]) == ("FINISHED", {"xquad_r/map": 0.25}, "0")
    assert cell.tags["langmix.backbone_origin"] == "random:0"
    assert tracker._client.get_run(sweep.id).info.status == "FINISHED"
    # As if the sync had ended before it could forget what it had sent.
    shutil.copytree(tmp_path / "kept", store.unsent / run.id)
    assert sync(store) == [cell.run_id]
    assert [each.run_id for each in read.children(store, sweep.id)] == [cell.run_id]


def test_a_server_that_comes_back_gets_the_sweep_after_its_cells(tmp_path, server, caplog):
    server.up()
    store = Store.open(tmp_path / "other", server.uri)
    tracker = Tracker.open(store, "grid")
    sweep = tracker.open_sweep("sweep")
    server.down()
    tracker.stop_sweep(sweep.id, "a cell failed")
    assert tracker.stopped(sweep.id) == "a cell failed"
    assert tracker.stopped("another") == ""

    def fails():
        with tracker.cell(KEY, {}, {}, sweep.id) as run:
            tracker.log_encoder(run, tmp_path / "encoder", "0123", KEY)
            server.up()
            assert sync(store) == []  # sent now, the run would lose its way
            raise ValueError("bad")

    with pytest.raises(ValueError, match="bad"):
        fails()
    ((name, _),) = kept_runs(store.unsent, store.tracking_uri)
    tracker.close_sweep(sweep)
    assert f"the encoder of run {name} is not logged" in caplog.text
    assert f"run {name} still goes on" in caplog.text
    assert f"1 cells of the sweep are kept until 'langmix store sync store.tracking_uri={server.uri}'" in caplog.text
    assert tracker._client.get_run(sweep.id).info.status == "RUNNING"
    assert len(sync(store)) == 2
    assert tracker._client.get_run(sweep.id).info.status == "FAILED"
    assert [cell.status for cell in read.children(store, sweep.id)] == ["FAILED"]
