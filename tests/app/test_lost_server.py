"""An MLflow server that dies in the middle of a sweep."""

import os
import shutil
import subprocess

import pytest

from langmix.store import Store
from langmix.tracking.client import connect
from langmix.tracking.mirror import COPY_OF
from langmix.tracking.read import cells
from tests.tracking.server import Server

from .forking import COMMAND
from .small import small

BASELINES = "baseline=none,mean_removal,round_robin"


@pytest.fixture
def server(tmp_path, database):
    shutil.copy(database, tmp_path / "server.db")
    server = Server(tmp_path, f"sqlite:///{tmp_path / 'server.db'}")
    server.up()
    yield server
    server.down()


def test_a_sweep_ends_well_without_its_mirror_and_sync_sends_it(langmix, refused, tmp_path, server):
    mirror = f"tracking.mirror={server.uri}"
    sweep = [*small(tmp_path), "sampler=none", BASELINES, mirror]
    environment = {**os.environ, "LANGMIX_HOME": str(tmp_path / "store")}
    running = subprocess.Popen(
        [COMMAND, "-m", *sweep],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    said = ""
    for line in running.stderr:
        said += line
        if line.startswith("cell 2 of 3"):
            server.down()
    shown = running.stdout.read()
    assert running.wait(300) == 0, said
    assert said.count("everything is kept here, and 'langmix store sync' sends it") == 1
    assert "3 cells: 3 run" in shown
    assert refused("store", "sync", mirror).startswith(f"MLflow mirror {server.uri}: ")
    assert "3 cells: 3 reused" in langmix("-m", *sweep).stdout

    server.up()
    sent = langmix("store", "sync", mirror)
    assert "runs sent" in sent.stdout, sent.stderr
    client = connect(server.uri)
    runs = client.search_runs([client.get_experiment_by_name("langmix").experiment_id])
    assert {run.info.status for run in runs} == {"FINISHED"}
    kept = cells(Store.open(tmp_path / "store"), "langmix")
    assert [cell.key.baseline for cell in kept] == ["none", "mean_removal", "round_robin"]
    copied = {run.data.tags[COPY_OF]: run.data.metrics for run in runs}
    assert all(copied[cell.run_id] == cell.metrics for cell in kept)
    assert "0 runs sent" in langmix("store", "sync", mirror).stdout
