import json
import threading

import pytest

from langmix.errors import LangmixError
from langmix.finished import (
    DONE,
    build_once,
    is_being_written,
    is_finished,
    leftovers,
    metadata,
    verify,
    write_folder,
)

HANGS_HALF_WAY = """
import sys, time
from pathlib import Path
from langmix.finished import write_folder
with write_folder(Path(sys.argv[1]), {}) as folder:
    (folder / "weights.bin").write_bytes(b"half")
    print("writing", flush=True)
    time.sleep(60)
"""
BUILDS = """
import sys, time
from pathlib import Path
from langmix.finished import build_once
def writer(folder):
    time.sleep(0.3)
    (folder / "weights.bin").write_bytes(b"whole")
    print("built")
build_once(Path(sys.argv[1]), writer, {})
"""


def fill(folder, content=b"whole"):
    (folder / "weights.bin").write_bytes(content)
    (folder / "tokenizer").mkdir()
    (folder / "tokenizer" / "vocabulary.txt").write_text("▁der ▁die", encoding="utf-8")


def test_finished_folder_holds_its_files_and_their_checksums(tmp_path):
    target = tmp_path / "models" / "abc"
    with write_folder(target, {"sampler": "x_y"}) as folder:
        fill(folder)
        assert folder.parent == target.parent
        assert not target.exists()
    assert is_finished(target)
    verify(target)
    assert metadata(target) == {"sampler": "x_y"}
    files = json.loads((target / DONE).read_text(encoding="utf-8"))["files"]
    assert files["weights.bin"]["size"] == 5
    assert sorted(files) == ["tokenizer/vocabulary.txt", "weights.bin"]
    assert sorted(path.name for path in target.parent.iterdir()) == [".abc.lock", "abc"]


def test_error_half_way_leaves_nothing(tmp_path):
    def fail(folder):
        fill(folder)
        raise ZeroDivisionError

    target = tmp_path / "abc"
    with pytest.raises(ZeroDivisionError):
        build_once(target, fail, {})
    assert not is_finished(target)
    assert [path.name for path in tmp_path.iterdir()] == [".abc.lock"]


def test_kill_half_way_leaves_nothing_finished_and_the_next_writer_cleans_up(tmp_path, start):
    target = tmp_path / "abc"
    process = start(HANGS_HALF_WAY, target)
    assert process.stdout.readline() == "writing\n"
    process.kill()
    process.wait()
    left = [path for path in tmp_path.iterdir() if path.is_dir()]
    assert len(left) == 1
    assert not any(is_finished(path) for path in [*left, target])
    build_once(target, fill, {})
    verify(target)
    assert [path for path in tmp_path.iterdir() if path.is_dir()] == [target]


def test_of_parallel_processes_one_builds(tmp_path, start):
    target = tmp_path / "abc"
    processes = [start(BUILDS, target) for _ in range(3)]
    outputs = [process.communicate(timeout=60) for process in processes]
    assert sorted(output for output, _ in outputs) == ["", "", "built\n"], outputs
    verify(target)


def test_second_writer_waits_for_the_first(tmp_path):
    target = tmp_path / "abc"
    second = threading.Thread(target=build_once, args=(target, lambda folder: fill(folder, b"second"), {}))
    with write_folder(target, {}) as folder:
        fill(folder, b"first")
        second.start()
        second.join(0.3)
        assert second.is_alive()
    second.join(10)
    assert not second.is_alive()
    assert (target / "weights.bin").read_bytes() == b"first"


def test_finished_folder_is_not_built_again(tmp_path):
    target = build_once(tmp_path / "abc", fill, {})
    assert build_once(target, lambda folder: fill(folder, b"other"), {}) == target
    assert (target / "weights.bin").read_bytes() == b"whole"


def test_unfinished_folder_in_the_place_is_replaced(tmp_path):
    target = tmp_path / "abc"
    target.mkdir()
    (target / "half.bin").touch()
    assert not is_finished(target)
    build_once(target, fill, {})
    verify(target)
    assert not (target / "half.bin").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == [".abc.lock", "abc"]


def change(target):
    (target / "weights.bin").write_bytes(b"WHOLE")


def remove(target):
    (target / "weights.bin").unlink()


def add(target):
    (target / "stray.txt").touch()


def spoil_manifest(target):
    (target / DONE).write_text("{", encoding="utf-8")


@pytest.mark.parametrize(
    ("damage", "still_looks_finished", "message"),
    [
        (change, True, r"weights\.bin: differs"),
        (remove, False, r"weights\.bin: missing"),
        (add, True, r"stray\.txt: not listed"),
        (spoil_manifest, False, "DONE: not a manifest"),
    ],
)
def test_damage_is_found_and_named(tmp_path, damage, still_looks_finished, message):
    target = build_once(tmp_path / "abc", fill, {})
    damage(target)
    assert is_finished(target) == still_looks_finished
    with pytest.raises(LangmixError, match=message):
        verify(target)


def test_truncated_file_does_not_look_finished(tmp_path):
    target = build_once(tmp_path / "abc", fill, {})
    (target / "weights.bin").write_bytes(b"who")
    assert not is_finished(target)


def test_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").touch()
    with (
        pytest.raises(LangmixError, match="file/models: cannot be written"),
        write_folder(tmp_path / "file/models/abc", {}),
    ):
        pass


def test_a_manifest_that_was_edited_is_refused(tmp_path):
    with write_folder(tmp_path / "abc", {"sampler": "x_y"}) as folder:
        fill(folder)
    done = tmp_path / "abc" / DONE
    done.write_text(done.read_text().replace("x_y", "x_x"))
    assert not is_finished(tmp_path / "abc")
    with pytest.raises(LangmixError, match="DONE: differs from its own checksum"):
        verify(tmp_path / "abc")


def test_leftovers_are_told_from_work_that_goes_on_and_no_lock_outlives_its_process(tmp_path, start):
    target = tmp_path / "abc"
    process = start(HANGS_HALF_WAY, target)
    assert process.stdout.readline() == "writing\n"
    assert is_being_written(target)
    assert leftovers(tmp_path) == []
    process.kill()
    process.wait()
    assert not is_being_written(target)
    ((leftover, whose),) = leftovers(tmp_path)
    assert whose == target
    assert (leftover / "weights.bin").read_bytes() == b"half"
