"""Killed at any step, the same command again gives the model that an uninterrupted one gives."""

import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
from itertools import takewhile
from pathlib import Path

from .conftest import TINY

COMMAND = [
    *(override for override in TINY if not override.startswith(("training.max_steps", "training.validate_every"))),
    "dataset.languages=[en]",
    "training.max_steps=12",
    "training.validate_every=4",
    "training.checkpoint_every=2",
    "training.dropout=0.1",
]

# The command itself, which kills itself (no handler, no clean-up) before it trains a step.
KILLED = """
import os, signal, sys
from langmix.app.cli import main
from langmix.training.module import BiEncoder

step, trained = int(sys.argv.pop(1)), BiEncoder.training_step

def training_step(self, batch, batch_idx):
    if self.global_step == step:
        os.kill(os.getpid(), signal.SIGKILL)
    return trained(self, batch, batch_idx)

BiEncoder.training_step = training_step
main()
"""


def digests(store):
    return {
        path.parent.parent.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (store / "models").glob("*/changes.safetensors")
    }


def test_killed_runs_end_in_the_same_weights(langmix, empty_store, tmp_path):
    for name in ("straight", "killed"):
        shutil.copytree(empty_store, tmp_path / name)
    assert langmix(*COMMAND, LANGMIX_HOME=str(tmp_path / "straight")).returncode == 0
    store = tmp_path / "killed"
    environment = {**os.environ, "LANGMIX_HOME": str(store)}
    steps = sorted(random.Random(3).sample(range(1, 12), 2))  # noqa: S311 - seeded, so that a failure can be repeated
    for step in steps:
        command = [sys.executable, "-c", KILLED, str(step), *COMMAND]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, timeout=300, check=False)
        assert done.returncode == -signal.SIGKILL, done.stderr.decode()
        (partial,) = (store / "models").glob("*.partial")
        assert [path.name.split(".")[0] for path in partial.iterdir()] == [f"step-{step // 2 * 2}"]
    # Another that wants the same model while one is at it waits, or comes when it is finished.
    command = [str(Path(sys.executable).with_name("langmix")), *COMMAND]
    first = subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True)
    lines = takewhile(lambda line: line and not line.startswith("step "), iter(first.stderr.readline, None))
    assert any(line.startswith(f"going on from {partial}/step-{steps[-1] // 2 * 2}.") for line in lines)
    second = langmix(*COMMAND, LANGMIX_HOME=str(store))
    assert second.returncode == 0, second.stderr
    assert "waiting for another process" in second.stderr or "trained before, reused" in second.stderr
    assert "going on from" not in second.stderr
    assert first.wait(timeout=300) == 0, first.stderr.read()
    assert digests(store) == digests(tmp_path / "straight")
    assert not partial.exists()
