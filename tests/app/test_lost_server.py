"""An MLflow server that dies in the middle of a sweep."""

import os
import subprocess

import pytest

from langmix.store import Store
from langmix.tracking.read import cells
from tests.tracking.server import Server

from .forking import COMMAND
from .small import small

BASELINES = "baseline=none,mean_removal,round_robin"


@pytest.fixture
def server(tmp_path):
    server = Server(tmp_path, f"sqlite:///{tmp_path / 'server.db'}")
    server.up()
    yield server
    server.down()


def test_all_cells_are_made_kept_and_sent(langmix, tmp_path, server):
    sweep = [*small(tmp_path), "sampler=none", BASELINES, f"store.tracking_uri={server.uri}"]
    environment = {**os.environ, "LANGMIX_HOME": str(tmp_path / "store")}
    running = subprocess.Popen(
        [COMMAND, "-m", *sweep], cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True
    )
    said = ""
    for line in running.stderr:
        said += line
        if line.startswith("cell 2 of 3"):
            server.down()
    assert running.wait(300) == 2, said  # the table at the end could not be shown
    assert said.splitlines()[-1].startswith(f"langmix: MLflow store {server.uri}: ")
    assert len(list((tmp_path / "multirun").rglob("metrics.json"))) == 3

    server.up()
    sent = langmix("store", "sync", f"store.tracking_uri={server.uri}")
    assert "3 runs sent" in sent.stdout, sent.stderr  # two cells and the sweep
    found = cells(Store.open(tmp_path / "store", server.uri), "langmix")
    assert [(cell.key.baseline, cell.status) for cell in found] == [
        ("none", "FINISHED"),
        ("mean_removal", "FINISHED"),
        ("round_robin", "FINISHED"),
    ]
    assert "3 cells: 3 reused" in langmix("-m", *sweep).stdout
