import re
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from langmix.cell_key import CellKey
from langmix.errors import LangmixError
from langmix.store import Store
from langmix.tracking import read
from langmix.tracking.client import connect
from langmix.tracking.runs import Tracker

FIRST_USE = """
import sys
from langmix.cell_key import CellKey
from langmix.tracking.runs import Tracker
from langmix.store import Store
tracker = Tracker.open(Store.open(sys.argv[1]), "grid")
with tracker.cell(CellKey("tiny", "x_y", "xquad_r", int(sys.argv[2])), {}, {}) as run:
    for step in range(20):
        run.log_metrics({"loss": step})
"""


def test_folders_lie_under_the_root(tmp_path, store):
    assert store.root == tmp_path / "store"
    for folder in (store.models, store.corpora, store.backbones, store.embeddings):
        assert folder.is_dir()
        assert folder.parent == store.root
    assert store.tracking_uri == f"sqlite:///{store.root}/mlflow.db"
    assert store.artifact_root == store.root / "mlartifacts"


def test_relative_root_becomes_absolute(tmp_path, monkeypatch, store):
    monkeypatch.chdir(tmp_path)
    assert Store.open("store") == store


def test_the_users_home_is_expanded_once(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert Store.open("~/mine").root == Store.at("~/mine").root == tmp_path / "mine"
    assert Store.at("mine", tmp_path / "base").root == tmp_path / "base" / "mine"


def earlier(root):
    """A store as layout 1 had it."""
    download = root / "benchmarks" / "xquad_r" / "en.json"
    download.parent.mkdir(parents=True)
    download.write_text("{}")
    (root / "LAYOUT").write_text("1\n")
    return download


def test_an_earlier_layout_is_brought_to_todays(tmp_path):
    earlier(tmp_path)
    store = Store.open(tmp_path)
    assert (store.collections / "xquad_r" / "en.json").read_text() == "{}"
    assert (tmp_path / "LAYOUT").read_text() == "2\n"
    assert Store.open(tmp_path) == store


def test_a_change_of_layout_that_was_interrupted_goes_on(tmp_path):
    earlier(tmp_path)
    for name in ("mlqa_r", "xquad_r"):
        (tmp_path / "collections" / name).mkdir(parents=True)
    (tmp_path / "benchmarks" / "other").mkdir()
    store = Store.open(tmp_path)
    assert sorted(path.name for path in store.collections.iterdir()) == ["mlqa_r", "other", "xquad_r"]


def test_processes_may_bring_a_store_to_todays_layout_at_once(tmp_path):
    earlier(tmp_path)
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(Store.open, [tmp_path] * 8))) == 1
    assert (tmp_path / "collections" / "xquad_r" / "en.json").is_file()


def test_results_that_an_earlier_version_could_not_send_are_not_lost(tmp_path):
    earlier(tmp_path)
    (tmp_path / "unsent" / "0123").mkdir(parents=True)
    with pytest.raises(LangmixError, match=r"unsent: an earlier langmix kept results here .* or remove the folder"):
        Store.open(tmp_path)
    assert (tmp_path / "benchmarks" / "xquad_r" / "en.json").is_file()


@pytest.mark.parametrize(
    ("layout", "said"), [("3", "made by a newer langmix (layout 3"), ("two", "holds 'two', not the number of a layout")]
)
def test_another_layout_is_refused(tmp_path, layout, said):
    (tmp_path / "LAYOUT").write_text(layout)
    with pytest.raises(LangmixError, match=re.escape(said)):
        Store.open(tmp_path)


@pytest.mark.parametrize(
    ("place", "reason"),
    [("file", "a file is in its place"), ("file/below", "Not a directory"), ("store/models", "a file is in its place")],
)
def test_root_that_cannot_be_made_is_named(tmp_path, place, reason):
    (tmp_path / "file").touch()
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "models").touch()
    with pytest.raises(LangmixError) as caught:
        Store.open(tmp_path / place)
    message = str(caught.value)
    assert str(tmp_path / place) in message
    assert reason in message
    assert "\n" not in message


def test_file_in_place_of_a_folder_is_named(tmp_path):
    (tmp_path / "corpora").touch()
    with pytest.raises(LangmixError, match="corpora: cannot be written: a file is in its place"):
        Store.open(tmp_path)


def test_read_only_place_is_named():
    with pytest.raises(LangmixError, match=r"/proc/.*: cannot be written"):
        Store.open("/proc/langmix")


@pytest.mark.parametrize("content", [b"", b"no database at all, but a file of some length"])
def test_file_that_is_no_mlflow_database_is_named_at_once(tmp_path, content):
    (tmp_path / "mlflow.db").write_bytes(content)
    with pytest.raises(LangmixError, match=r"mlflow\.db: not an MLflow database"):
        connect(Store.open(tmp_path).tracking_uri)


def test_schema_left_half_made_is_made_again(tmp_path):
    with sqlite3.connect(tmp_path / ".mlflow.db.unfinished") as half_made:
        half_made.execute("CREATE TABLE experiments (nonsense INTEGER)")
    store = Store.open(tmp_path)
    Tracker.open(store, "grid")
    assert not (tmp_path / ".mlflow.db.unfinished").exists()


def test_eight_processes_may_be_the_first_at_once(tmp_path, start):
    root = tmp_path / "fresh"
    processes = [start(FIRST_USE, root, number) for number in range(8)]
    errors = [process.communicate(timeout=120)[1] for process in processes]
    assert [process.returncode for process in processes] == [0] * 8, "\n".join(errors)
    assert errors == [""] * 8  # MLflow is quiet, too
    cells = read.cells(Store.open(root), "grid")
    assert sorted(cell.key.seed for cell in cells) == list(range(8))
    assert {cell.status for cell in cells} == {"FINISHED"}
    assert {cell.metrics["loss"] for cell in cells} == {19.0}


def test_path_with_spaces_signs_and_other_scripts(tmp_path):
    store = Store.open(tmp_path / "mein Speicher %20 ? #1" / "日本")
    artifact = tmp_path / "Größe.txt"
    artifact.write_text("über", encoding="utf-8")
    key = CellKey("tiny", "x_y", "xquad_r", 0)
    with Tracker.open(store, "Übung").cell(key, {}, {}) as run:
        run.log_artifact(artifact, "plots")
    kept = read.artifact(store, run.id, "plots/Größe.txt")
    assert kept.read_text(encoding="utf-8") == "über"
    assert kept.is_relative_to(store.artifact_root)
    assert (store.root / "mlflow.db").is_file()
    assert not Path("mlruns").exists()
