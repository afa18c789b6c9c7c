"""Each model is trained once, and what computes it leaves no trace in the figures."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

from langmix.finished import DONE, metadata, write_folder
from langmix.store import Store
from langmix.tracking.read import cells

from .small import small

LANGMIX = str(Path(sys.executable).with_name("langmix"))


def test_a_grid_trains_each_model_once(langmix, tmp_path):
    grid = ["backbone.seed=0,1", "sampler=x_y,hybrid,x_x_mono", "dataset.languages=[en],[zh],[en,zh]"]
    done = langmix("-m", *(each for each in small(tmp_path) if not each.startswith("dataset.languages")), *grid)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("training on atlas") == 6
    assert done.stderr.count("; ranking") == 18
    assert len(cells(Store.open(tmp_path / "store"), "langmix")) == 18
    again = langmix("-m", *(each for each in small(tmp_path) if not each.startswith("dataset.languages")), *grid)
    assert "18 cells: 18 reused" in again.stdout
    assert "ranking" not in again.stderr


def test_of_two_workers_that_want_a_model_one_trains_it(langmix, tmp_path, monkeypatch):
    overrides = [*small(tmp_path), "sampler=x_y"]
    monkeypatch.setenv("LANGMIX_HOME", str(tmp_path / "store"))
    workers = [
        subprocess.Popen(
            [LANGMIX, *overrides, f"baseline={baseline}"],
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for baseline in ("none", "round_robin")
    ]
    logs = [worker.communicate(timeout=300)[1] for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0], "\n".join(logs)
    assert "".join(logs).count("training on atlas") == 1


def test_workers_and_working_directory_change_no_bit(langmix, empty_store, tmp_path):
    for number, workers in enumerate((0, 2)):
        home = tmp_path / f"home-{number}"
        shutil.copytree(empty_store, home)
        elsewhere = tmp_path / f"place-{number}"
        done = langmix(
            *small(tmp_path),
            "sampler=hybrid",
            f"training.workers={workers}",
            f"hydra.run.dir={elsewhere}",
            "hydra.job.chdir=true",
            LANGMIX_HOME=str(home),
        )
        assert done.returncode == 0, done.stderr
    (first,), (second,) = (cells(Store.open(tmp_path / f"home-{number}"), "langmix") for number in (0, 1))
    assert first.tags["langmix.fingerprint.cell"] == second.tags["langmix.fingerprint.cell"]
    np.testing.assert_equal(dict(first.metrics), dict(second.metrics))
    one, other = (load_file(next((tmp_path / f"home-{number}").glob("models/*/*.safetensors"))) for number in (0, 1))
    assert one.keys() == other.keys()
    assert all(np.array_equal(one[name], other[name]) for name in one)


def test_a_model_of_other_code_is_used_and_said(langmix, tmp_path):
    overrides = [*small(tmp_path), "sampler=x_y"]
    assert langmix(*overrides).returncode == 0
    (record,) = (tmp_path / "store").glob("models/*/training.json")
    made = json.loads(record.read_text())
    assert {"langmix", "code", "trainer", "software"} <= made.keys()
    with write_folder(record.parent, metadata(record.parent)) as folder:
        shutil.copytree(record.parent, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns(DONE))
        (folder / record.name).write_text(json.dumps(made | {"code": "0123456789ab"}))

    done = langmix("-m", *overrides, "baseline=round_robin")
    assert done.returncode == 0, done.stderr
    said = f"model {record.parent.name} was trained by other code (0123456789ab, now {made['code']})"
    assert said in done.stderr
    assert said in " ".join(done.stdout.split())
    first, second = cells(Store.open(tmp_path / "store"), "langmix")
    assert (first.tags["langmix.code.training"], first.tags["langmix.code"]) == (made["code"], made["code"])
    assert (second.tags["langmix.code.training"], second.tags["langmix.code"]) == ("0123456789ab", made["code"])
