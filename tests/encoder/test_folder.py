import json
import subprocess
import sys
import time

import pytest

from langmix.encoder.folder import content_hash, make_once, missing_part, whole
from langmix.errors import LangmixError

FILL = """
import sys, time
from pathlib import Path
from langmix.encoder.folder import make_once
def fill(folder):
    (folder / "half").write_text("1")
    with Path(sys.argv[2]).open("a") as log:
        log.write("filling\\n")
    time.sleep(float(sys.argv[3]))
    (folder / "rest").write_text("2")
make_once(Path(sys.argv[1]), fill)
"""


def start(target, log, seconds):
    return subprocess.Popen([sys.executable, "-c", FILL, str(target), str(log), str(seconds)])


def test_a_failed_block_leaves_nothing(tmp_path):
    def broken():
        with whole(tmp_path / "model") as scratch:
            (scratch / "half").write_text("1")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        broken()
    assert list(tmp_path.iterdir()) == []


def test_an_existing_folder_is_not_overwritten(tmp_path):
    (tmp_path / "model").mkdir()
    with pytest.raises(LangmixError, match="exists already"), whole(tmp_path / "model"):
        pass


def test_two_processes_at_once_fill_once(tmp_path):
    target, log = tmp_path / "model", tmp_path / "log"
    processes = [start(target, log, 0.3) for _ in range(2)]
    assert [process.wait(timeout=60) for process in processes] == [0, 0]
    assert sorted(path.name for path in target.iterdir()) == ["half", "rest"]
    assert log.read_text() == "filling\n"


def test_a_killed_process_leaves_nothing_that_looks_whole(tmp_path):
    target, log = tmp_path / "model", tmp_path / "log"
    process = start(target, log, 600)
    give_up = time.monotonic() + 60
    while not log.exists() and time.monotonic() < give_up:
        time.sleep(0.01)
    process.kill()
    process.wait()
    assert not target.exists()
    assert len(list(tmp_path.glob("model.partial-*"))) == 1

    make_once(target, lambda folder: (folder / "rest").write_text("2"))
    assert [path.name for path in target.iterdir()] == ["rest"]
    assert list(tmp_path.glob("model.partial-*")) == []


@pytest.fixture
def model(tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    for name in ("config.json", "tokenizer.json", "model.safetensors"):
        (folder / name).write_text(name)
    return folder


def test_a_whole_folder_lacks_nothing(model):
    assert missing_part(model) is None


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "model.safetensors"])
def test_the_missing_file_is_named(model, name):
    (model / name).unlink()
    assert missing_part(model) == name


def test_a_missing_shard_is_named(model):
    (model / "model.safetensors").rename(model / "model-1.safetensors")
    shards = {"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}}
    (model / "model.safetensors.index.json").write_text(json.dumps(shards))
    assert missing_part(model) == "model-2.safetensors"
    before = content_hash(model)
    (model / "model-2.safetensors").write_text("weights")
    assert missing_part(model) is None
    assert content_hash(model) != before


def test_the_hash_is_of_content_alone(model, tmp_path):
    before = content_hash(model)
    model.rename(tmp_path / "elsewhere")
    (tmp_path / "elsewhere" / "README.md").write_text("no part of the model")
    assert content_hash(tmp_path / "elsewhere") == before


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "tokenizer_config.json", "model.safetensors"])
def test_the_hash_sees_every_file_that_decides_embeddings(model, name):
    before = content_hash(model)
    (model / name).write_text("changed")
    assert content_hash(model) != before
