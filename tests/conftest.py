"""Shared by all tests: no network, and the real data sets where this machine has them."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import settings

from langmix.tracking.client import connect

pytest_plugins = ["tests.skips"]

os.environ["HF_HUB_OFFLINE"] = "1"

# Tests run side by side: each with threads of its own would wait for the others'. And weights are the same to the bit
# only for the same number of threads, in this process and in those that tests start.
os.environ["OMP_NUM_THREADS"] = "1"

# A deadline fails where the machine does other things: what is slow is measured by benchmarks.
settings.register_profile("langmix", deadline=None)
settings.load_profile("langmix")

# Tests of what langmix works inside of: `make test-interop` installs that.
collect_ignore = [] if importlib.util.find_spec("sentence_transformers") else ["interop"]

DATA = Path(os.environ.get("LANGMIX_DATA", Path(__file__).parents[2] / "shared" / "data"))


@pytest.fixture(scope="session")
def data():
    """Folder of the published data sets; they are not part of the project."""
    if not DATA.is_dir():
        pytest.skip(f"the published data sets are not at {DATA} (set LANGMIX_DATA)")
    return DATA


@pytest.fixture(scope="session")
def database(tmp_path_factory):
    """MLflow's schema, made once for all processes that run tests: its migrations take seconds."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "schema"
    folder.mkdir(exist_ok=True)
    with FileLock(folder / "lock"):
        if not (folder / "mlflow.db").exists():
            connect(f"sqlite:///{folder}/mlflow.db")
    return folder / "mlflow.db"


@pytest.fixture
def start():
    """Start Python code in a process of its own; whatever still runs at the end of the test is killed."""
    started = []

    def start(code, *arguments):
        # A shell starts background jobs with SIGINT ignored, and children inherit that.
        heeding = "import signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"
        command = [sys.executable, "-c", heeding + code, *map(str, arguments)]
        pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        started.append(subprocess.Popen(command, text=True, **pipes))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()
