"""The store: a corpus is read once, and only whole ones are ever found there."""

import json
import multiprocessing

import pytest

from langmix.corpus.jsonl import jsonl
from langmix.errors import LangmixError
from langmix.store import Store
from tests.corpus.user_files import COLUMNS


def folders(tmp_path):
    return sorted(path for path in (tmp_path / "store" / "corpora").iterdir() if not path.name.startswith("."))


def test_second_load_reuses_the_arrow_file(load, trio, tmp_path):
    first = load(trio)
    (folder,) = folders(tmp_path)
    written = (folder / "corpus.arrow").stat()
    second = load(trio)
    assert (folder / "corpus.arrow").stat().st_ino == written.st_ino
    assert (folder / "corpus.arrow").stat().st_mtime_ns == written.st_mtime_ns
    assert second.fingerprint == first.fingerprint
    assert second.table.equals(first.table)


@pytest.mark.parametrize(
    "change", [{"languages": ["en"]}, {"columns": {"group": "group"}}, {"validation_fraction": 0.4}]
)
def test_whatever_decides_the_content_has_a_place_of_its_own(load, trio, tmp_path, change):
    load(trio)
    load(trio, **change)
    assert len(folders(tmp_path)) == 2


def test_changed_source_is_read_again(load, trio, write):
    before = load(trio)
    write("fi.jsonl", [{"id": "a", "query": "uusi", "passage": "p"}])
    after = load(trio)
    assert after.table.column("query.fi").to_pylist() == ["uusi", None, None]
    assert before.table.column("query.fi").to_pylist() == ["qa fi", None, "qc fi"]


@pytest.mark.parametrize("damage", ["no DONE", "cut DONE", "no corpus.arrow", "cut corpus.arrow"])
def test_incomplete_folder_is_written_again(load, trio, tmp_path, damage):
    expected = load(trio).table.to_pylist()
    (folder,) = folders(tmp_path)
    how, name = damage.split()
    if how == "no":
        (folder / name).unlink()
    else:
        content = (folder / name).read_bytes()
        (folder / name).unlink()  # the first corpus still has the file mapped
        (folder / name).write_bytes(content[:-20])
    assert load(trio).table.to_pylist() == expected
    assert {path.name for path in folder.iterdir()} > {"DONE", "corpus.arrow", "splits.json"}


def test_the_folder_tells_splits_and_fingerprint(load, trio, tmp_path):
    corpus = load(trio)
    (folder,) = folders(tmp_path)
    done = json.loads((folder / "splits.json").read_text())
    assert done["rows"] == {"train": [0, 3], "validation": [3, 3]}
    assert done["fingerprints"]["train"] == corpus.fingerprint


def test_store_that_cannot_be_written(load, trio, tmp_path):
    (tmp_path / "store").write_text("a file where a folder should be")
    with pytest.raises(LangmixError, match=r"store/corpora.*cannot be"):
        load(trio)


def read(files, store, results):
    results.put(jsonl("mine", files, None, COLUMNS, None, store, 0.0).fingerprint)


def test_processes_that_start_together_share_one_corpus(trio, tmp_path):
    context = multiprocessing.get_context("fork")
    results = context.Queue()
    processes = [context.Process(target=read, args=(trio, Store(tmp_path / "store"), results)) for _ in range(4)]
    for process in processes:
        process.start()
    fingerprints = {results.get(timeout=30) for _ in processes}
    for process in processes:
        process.join()
    assert len(fingerprints) == 1
    assert len(folders(tmp_path)) == 1
