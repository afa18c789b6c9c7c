import shutil
import subprocess
import sys

import pytest

from langmix.tracking.store import Store


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory):
    """An MLflow schema made once: the migrations take seconds."""
    return Store.open(tmp_path_factory.mktemp("template")).root / "mlflow.db"


@pytest.fixture
def store(tmp_path, empty_database):
    root = tmp_path / "store"
    root.mkdir()
    shutil.copy(empty_database, root / "mlflow.db")
    return Store.open(root)


@pytest.fixture
def start():
    """Start Python code in a process of its own; whatever still runs at the end of the test is killed."""
    started = []

    def start(code, *arguments):
        command = [sys.executable, "-c", code, *map(str, arguments)]
        started.append(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()
