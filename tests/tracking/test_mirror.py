"""An MLflow server that mirrors a store: up, down, gone meanwhile, or something else altogether."""

import shutil
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from langmix.cell_key import CellKey
from langmix.errors import LangmixError
from langmix.tracking import mirror, read
from langmix.tracking.cell import FINGERPRINT, REUSED
from langmix.tracking.client import connect
from langmix.tracking.mirror import COPY_OF, Mirror, sync
from langmix.tracking.provenance import PREFIX
from langmix.tracking.run import Data
from langmix.tracking.runs import Tracker

from .server import Server

KEY = CellKey("me5_small", "hybrid", "xquad_r", 0, 0.5)
DOWN = "http://127.0.0.1:9"  # the port of a service that nobody offers any more


@pytest.fixture(scope="module")
def server(tmp_path_factory, database):
    folder = tmp_path_factory.mktemp("server")
    shutil.copy(database, folder / "server.db")
    server = Server(folder, f"sqlite:///{folder}/server.db")
    server.up()
    yield server
    server.down()


@pytest.fixture(autouse=True)
def _warned_of_nothing():
    mirror._warned.clear()


def copies(uri, experiment):
    """Runs of an experiment of the mirror, by the run that each is a copy of."""
    client = connect(uri)
    found = client.get_experiment_by_name(experiment)
    runs = [] if found is None else client.search_runs([found.experiment_id])
    return {run.data.tags[COPY_OF]: run for run in runs}


def test_a_run_is_seen_in_the_mirror_while_it_goes_on(store, server, tmp_path):
    tracker = Tracker.open(store, "live", server.uri)
    table = tmp_path / "table.csv"
    table.write_text("map\n.5\n")
    sweep = tracker.open_sweep("sweep")
    with tracker.cell(KEY, {"seed": 0}, {"backbone_origin": "random:0"}, sweep.id) as run:
        run.log_inputs([Data("training", "atlas", "00112233", {"languages": None}, {"pairs": 3})])
        for step in range(1, 6):
            run.log_step(step, {"train/loss": 1 / step})
        run.log_step(5, {"validation/loss": 0.5})
        seen = copies(server.uri, "live")[run.id]
        assert (seen.info.status, seen.data.metrics) == ("RUNNING", {"train/loss": 0.2, "validation/loss": 0.5})
        assert seen.data.params["seed"] == "0"
        for step in range(6, 9):
            run.log_step(step, {"train/loss": 1 / step})
        run.log_step(8, {"validation/loss": 0.25})
        run.log_metrics({"xquad_r/map": 0.75, "xquad_r/rank": float("nan")})
        run.log_artifact(table, "tables")
    tracker.close_sweep(sweep)
    found = copies(server.uri, "live")
    copy, parent = found[run.id], found[sweep.id]
    assert (copy.info.status, parent.info.status) == ("FINISHED", "FINISHED")
    assert copy.data.tags["mlflow.parentRunId"] == parent.info.run_id
    assert copy.data.tags["langmix.backbone_origin"] == "random:0"
    assert copy.data.metrics["xquad_r/map"] == 0.75
    client = connect(server.uri)
    history = client.get_metric_history(copy.info.run_id, "train/loss")
    assert [(point.step, point.value) for point in history] == [(step, 1 / step) for step in range(1, 9)]
    assert [file.path for file in client.list_artifacts(copy.info.run_id, "tables")] == ["tables/table.csv"]
    assert [data.dataset.name for data in copy.inputs.dataset_inputs] == ["atlas"]
    assert sync(store, server.uri) == []


def test_a_mirror_that_is_down_at_the_start_costs_a_line(store, server, caplog):
    start = time.monotonic()
    tracker = Tracker.open(store, "later", DOWN)
    sweep = tracker.open_sweep("sweep")
    for _ in range(3):
        with tracker.cell(KEY, {}, {}, sweep.id) as run:
            run.log_step(1, {"validation/loss": 0.5})
    tracker.close_sweep(sweep)
    assert time.monotonic() - start < 20
    assert [cell.status for cell in read.children(store, sweep.id)] == ["FINISHED"] * 3
    assert caplog.text.count("everything is kept here, and 'langmix store sync' sends it") == 1
    assert f"MLflow mirror {DOWN}: " in caplog.text
    with pytest.raises(LangmixError, match=f"MLflow mirror {DOWN}: ") as error:
        sync(store, DOWN)
    assert "\n" not in str(error.value)
    sent = sync(store, server.uri)
    assert len(sent) == 4
    assert sent[-1] == sweep.id  # after its cells
    assert copies(server.uri, "later")[run.id].info.status == "FINISHED"


class Garbage(BaseHTTPRequestHandler):
    """A page for whatever is asked, such as the login of a proxy."""

    status, body = 200, b"<html>please log in</html>"

    def do_GET(self):
        self.send_response(self.status)
        self.end_headers()
        self.wfile.write(self.body)

    do_POST = do_PUT = do_GET  # noqa: N815 -- as the library looks for them

    def log_message(self, *_):
        pass


@pytest.mark.parametrize(
    ("status", "body"), [(200, b"<html>please log in</html>"), (200, b'{"experiment": 7}'), (200, b"[]"), (403, b"no")]
)
def test_a_mirror_that_is_none_costs_a_line(store, caplog, monkeypatch, status, body):
    monkeypatch.setattr(Garbage, "status", status)
    monkeypatch.setattr(Garbage, "body", body)
    other = HTTPServer(("127.0.0.1", 0), Garbage)
    threading.Thread(target=other.serve_forever, daemon=True).start()
    uri = f"http://127.0.0.1:{other.server_port}"
    with Tracker.open(store, "grid", uri).cell(KEY, {}, {}) as run:
        run.log_step(1, {"validation/loss": 0.5})
    cell = read.cell(store, run.id)
    assert (cell.status, cell.metrics) == ("FINISHED", {"validation/loss": 0.5})
    warned = [record.getMessage() for record in caplog.records if record.name == "langmix.tracking.mirror"]
    assert len(warned) == 1
    assert "\n" not in warned[0]
    with pytest.raises(LangmixError, match=f"MLflow mirror {uri}: ") as error:
        sync(store, uri)
    assert "\n" not in str(error.value)
    other.shutdown()


def test_an_interrupted_sync_is_done_again(store, server, tmp_path, monkeypatch):
    tracker = Tracker.open(store, "interrupted")
    table = tmp_path / "table.csv"
    table.write_text("map\n.5\n")
    sweep = tracker.open_sweep("sweep")
    with tracker.cell(KEY, {"seed": 0}, {}, sweep.id) as run:
        run.log_step(1, {"train/loss": 0.5})
        run.log_metrics({"xquad_r/map": 0.25})
        run.log_artifact(table)
    tracker.close_sweep(sweep)

    def interrupted(*_):
        raise KeyboardInterrupt

    for stage in ("_send_metrics", "_send_artifacts"):
        with monkeypatch.context() as patch:
            patch.setattr(mirror._Copying, stage, interrupted)
            with pytest.raises(KeyboardInterrupt):
                sync(store, server.uri)
        assert {copy.info.status for copy in copies(server.uri, "interrupted").values()} == {"RUNNING"}
    assert len(sync(store, server.uri)) == 2
    copy = copies(server.uri, "interrupted")[run.id]
    assert (copy.info.status, copy.data.metrics) == ("FINISHED", {"train/loss": 0.5, "xquad_r/map": 0.25})
    client = connect(server.uri)
    assert len(client.search_runs([copy.info.experiment_id])) == 2
    assert [file.path for file in client.list_artifacts(copy.info.run_id)] == ["table.csv"]
    assert sync(store, server.uri) == []


def test_another_machine_takes_over_what_is_in_the_mirror(store, elsewhere, server, tmp_path):
    table = tmp_path / "table.csv"
    table.write_text("map\n.5\n")
    ours = Tracker.open(store, "team", server.uri)
    sweep = ours.open_sweep("ours")
    with ours.cell(KEY, {"seed": 0}, {FINGERPRINT.removeprefix(PREFIX): "cafe"}, sweep.id) as run:
        run.log_metrics({"xquad_r/map": 0.25})
        run.log_artifact(table)
    ours.close_sweep(sweep)

    theirs = Tracker.open(elsewhere, "team", server.uri)
    assert theirs.same("beef") == []
    (made,) = theirs.same("cafe")
    assert (made.status, made.metrics, made.key) == ("FINISHED", {"xquad_r/map": 0.25}, KEY)
    assert read.artifact(elsewhere, made.run_id, "table.csv").read_text() == "map\n.5\n"
    mine = theirs.open_sweep("theirs")
    taken = theirs.take_over(made, KEY, {}, [], {}, mine.id)
    theirs.close_sweep(mine)
    found = copies(server.uri, "team")
    assert len(connect(server.uri).search_runs([found[sweep.id].info.experiment_id])) == 4  # nothing twice
    assert found[taken.id].data.tags[REUSED] == found[run.id].info.run_id

    # A run, or a sweep with its cells, is fetched by its id in the mirror; one that is here is not asked for.
    (fetched,) = read.fetch(elsewhere, server.uri, [found[sweep.id].info.run_id])
    assert [cell.metrics for cell in read.children(elsewhere, fetched)] == [{"xquad_r/map": 0.25}]
    assert read.fetch(elsewhere, DOWN, [fetched, made.run_id, "team"]) == [fetched, made.run_id, "team"]
    with pytest.raises(LangmixError, match=f"MLflow mirror {server.uri}: "):
        read.fetch(elsewhere, server.uri, ["0123"])


def test_what_a_killed_process_left_is_closed_in_the_mirror_too(store, server, start):
    process = start(CELL_THAT_WAITS, store.root, server.uri)
    run_id = process.stdout.readline().strip()
    assert copies(server.uri, "killed")[run_id].info.status == "RUNNING"
    process.kill()
    process.wait()
    Tracker.open(store, "killed", server.uri)
    copy = copies(server.uri, "killed")[run_id]
    assert (copy.info.status, copy.data.tags["langmix.reason"]) == (
        "KILLED",
        "its process ended without closing the run",
    )


CELL_THAT_WAITS = """
import sys, time
from langmix.store import Store
from langmix.cell_key import CellKey
from langmix.tracking.runs import Tracker
tracker = Tracker.open(Store.open(sys.argv[1]), "killed", sys.argv[2])
with tracker.cell(CellKey("tiny", "x_y", "xquad_r", 0), {}, {}) as run:
    print(run.id, flush=True)
    time.sleep(60)
"""


def test_a_model_is_logged_to_the_mirror_too(store, server, tmp_path):
    (tmp_path / "encoder").mkdir()
    (tmp_path / "encoder" / "config.json").write_text("{}")
    tracker = Tracker.open(store, "models", server.uri)
    with tracker.cell(KEY, {}, {}) as run:
        tracker.log_encoder(run, tmp_path / "encoder", "0123", KEY)
    for uri in (store.tracking_uri, server.uri):
        client = connect(uri)
        experiment = client.get_experiment_by_name("models").experiment_id
        assert [model.status for model in client.search_logged_models([experiment])] == ["READY"]


def test_a_mirror_that_dies_meanwhile_is_not_waited_for(store, server, caplog):
    tracker = Tracker.open(store, "dies", server.uri)
    sweep = tracker.open_sweep("sweep")
    with tracker.cell(KEY, {}, {}, sweep.id) as run:
        server.down()
        start = time.monotonic()
        for step in range(50):
            run.log_step(step, {"validation/loss": 1 / (step + 1)})
        run.log_metrics({"xquad_r/map": 0.25})
    tracker.close_sweep(sweep)
    assert time.monotonic() - start < 20
    assert caplog.text.count("'langmix store sync' sends it") == 1
    assert read.cell(store, run.id).status == "FINISHED"
    server.up()
    assert copies(server.uri, "dies")[run.id].info.status == "RUNNING"
    assert set(sync(store, server.uri)) >= {run.id, sweep.id}
    copy = copies(server.uri, "dies")[run.id]
    assert (copy.info.status, copy.data.metrics["xquad_r/map"]) == ("FINISHED", 0.25)
    assert len(connect(server.uri).get_metric_history(copy.info.run_id, "validation/loss")) == 50


def test_an_abandoned_sweep_without_a_cell_never_comes_to_the_mirror(store, server):
    tracker = Tracker.open(store, "abandoned", server.uri)
    tracker.abandon_sweep(tracker.open_sweep("sweep"), "sampler=nope: no such sampler")
    assert copies(server.uri, "abandoned") == {}


def test_any_mlflow_store_may_be_the_mirror(store, tmp_path):
    uri = f"sqlite:///{tmp_path}/elsewhere/runs.db"
    with Tracker.open(store, "grid", uri).cell(KEY, {}, {}) as run:
        run.log_metrics({"xquad_r/map": 0.5})
    assert copies(uri, "grid")[run.id].data.metrics == {"xquad_r/map": 0.5}
    assert Mirror(store, uri).behind() == []
