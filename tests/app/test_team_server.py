"""A team's tracking server: MLflow before a PostgreSQL database, with the artifacts on the server."""

import importlib.util
import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

import pytest

from langmix.store import Store
from langmix.tracking.client import connect
from langmix.tracking.read import artifact, cells
from tests.tracking.server import Server

from .conftest import TINY


def programs():
    """Folder of PostgreSQL's programs; Debian has them off the path."""
    found = shutil.which("initdb")
    return Path(found).parent if found else max(Path("/usr/lib/postgresql").glob("*/bin"), default=None)


@pytest.fixture(scope="module")
def postgresql():
    """URI of a database of its own."""
    folder = programs()
    if folder is None:
        pytest.skip("PostgreSQL is not installed (Debian: postgresql)")
    if importlib.util.find_spec("psycopg") is None:
        pytest.skip("psycopg is not installed (extra langmix[server])")
    home = Path(tempfile.mkdtemp(prefix="langmix-postgresql-"))  # pytest's own folders are closed to other users
    owner = {}
    if os.geteuid() == 0:  # which PostgreSQL refuses to run as
        shutil.chown(home, "postgres")
        owner = {"user": "postgres", "extra_groups": []}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    def run(program, *arguments):
        command = [folder / program, *arguments]
        subprocess.run(command, check=True, cwd=home, stdout=subprocess.DEVNULL, timeout=120, **owner)

    run("initdb", "-D", home / "data", "-U", "team", "--auth=trust", "--no-sync")
    options = f"-p {port} -k {home} -c listen_addresses=127.0.0.1 -c fsync=off"
    run("pg_ctl", "-D", home / "data", "-l", home / "log", "-w", "-o", options, "start")
    yield f"postgresql://team@127.0.0.1:{port}/postgres"
    run("pg_ctl", "-D", home / "data", "-m", "immediate", "stop")
    shutil.rmtree(home)


def test_a_sweep_of_two_processes_is_tracked_in_postgresql(postgresql, langmix, empty_store, tmp_path):
    served = tmp_path / "served"
    served.mkdir()
    server = Server(served, postgresql)
    server.up()
    try:
        sweep = ["-m", *TINY, f"tracking.mirror={server.uri}", "sampler=none,x_y"]
        done = langmix(*sweep, "hydra/launcher=joblib", "hydra.launcher.n_jobs=2")
        assert done.returncode == 0, done.stderr
        found = cells(Store.open(tmp_path / "store"), "langmix")
        assert [cell.status for cell in found] == ["FINISHED"] * 2
        assert len(list(served.rglob("per_query.parquet"))) == 2

        # A machine with a store of its own takes over what the team has made.
        shutil.copytree(empty_store, tmp_path / "another")
        another = langmix(*sweep, LANGMIX_HOME=str(tmp_path / "another"))
        assert "2 cells: 2 reused" in another.stdout, another.stderr
        assert not list((tmp_path / "another" / "models").glob("*/DONE"))
        fetched = cells(Store.open(tmp_path / "another"), "langmix")
        # Two processes began them in any order.
        assert {cell.key.name: cell.metrics for cell in fetched} == {cell.key.name: cell.metrics for cell in found}
        assert all(
            artifact(Store.open(tmp_path / "another"), cell.run_id, "per_query.parquet").is_file() for cell in fetched
        )
        runs = connect(postgresql).search_runs(["1"])
        assert len(runs) == 6  # two sweeps of two cells
        assert {run.info.status for run in runs} == {"FINISHED"}
    finally:
        server.down()
