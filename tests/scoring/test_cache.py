import shutil
import time

import numpy as np
import pytest

from langmix import finished
from langmix.errors import LangmixError
from langmix.scoring import cache as kept
from langmix.scoring.cache import EmbeddingCache

LARGE = 2**30
IDENTITY = {"model": "a", "precision": "fp32"}


class Made:
    """Counts how often it is asked to encode."""

    def __init__(self, value=1.0, rows=2):
        self.times = 0
        self.embeddings = np.full((rows, 4), value, np.float32)

    def __call__(self):
        self.times += 1
        return self.embeddings


def test_the_same_texts_of_the_same_model_are_made_once(tmp_path):
    made = Made()
    for _ in range(3):
        found = EmbeddingCache(tmp_path, LARGE).get(IDENTITY, ["x", "y"], made)
        assert np.array_equal(found, made.embeddings)
        assert found.dtype == np.float32
    assert made.times == 1


@pytest.mark.parametrize(
    ("identity", "texts"),
    [
        (IDENTITY | {"precision": "bf16"}, ["x", "y"]),
        (IDENTITY, ["y", "x"]),
        (IDENTITY, ["xy", ""]),
        (IDENTITY, ["x", "y", ""]),
        (IDENTITY, ["1:x", "y"]),
    ],
)
def test_anything_else_is_made_anew(tmp_path, identity, texts):
    cache, other = EmbeddingCache(tmp_path, LARGE), Made(2.0)
    cache.get(IDENTITY, ["x", "y"], Made())
    assert np.array_equal(cache.get(identity, texts, other), other.embeddings)
    assert other.times == 1


def test_those_not_used_for_the_longest_time_go_first(tmp_path):
    cache = EmbeddingCache(tmp_path, 2500)  # two of 60 vectors of 16 bytes each, and their headers
    for name in ("first", "second"):
        cache.get(IDENTITY, [name], Made(rows=60))
        time.sleep(0.02)
    cache.get(IDENTITY, ["first"], Made(rows=60))
    time.sleep(0.02)
    cache.get(IDENTITY, ["third"], Made(rows=60))
    left = [Made() for _ in range(3)]
    for name, made in zip(("first", "third", "second"), left, strict=True):
        cache.get(IDENTITY, [name], made)
    assert [made.times for made in left] == [0, 0, 1]


def test_without_space_nothing_is_kept(tmp_path):
    made = Made()
    for _ in range(2):
        EmbeddingCache(tmp_path, 0).get(IDENTITY, ["x"], made)
    assert made.times == 2
    assert not list(tmp_path.iterdir())


def test_a_damaged_file_is_made_anew(tmp_path):
    cache, made = EmbeddingCache(tmp_path, LARGE), Made()
    cache.get(IDENTITY, ["x"], made)
    (path,) = tmp_path.glob("*/embeddings.npy")
    path.write_bytes(path.read_bytes()[:-1])
    assert np.array_equal(cache.get(IDENTITY, ["x"], made), made.embeddings)
    assert made.times == 2


@pytest.fixture
def two(tmp_path, monkeypatch):
    """Embeddings of two lists of texts, as another process finds them."""
    cache = EmbeddingCache(tmp_path, LARGE)
    cache.get(IDENTITY, ["x"], Made(1.0))
    cache.get(IDENTITY, ["y"], Made(2.0))
    monkeypatch.setattr(kept, "_checked", set())
    return cache, *(tmp_path / kept._digest(IDENTITY, [text]) for text in ("x", "y"))


def other_file(ours, theirs):
    shutil.copy(theirs / "embeddings.npy", ours)


def other_folder(ours, theirs):
    shutil.rmtree(ours)
    shutil.copytree(theirs, ours)


def objects(ours, theirs):
    digest = finished.metadata(ours)["digest"]
    shutil.rmtree(ours)
    with finished.write_folder(ours, {"digest": digest}) as folder:
        np.save(folder / "embeddings.npy", np.array([{"a": 1}], object), allow_pickle=True)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (other_file, "embeddings.npy: differs from its checksum"),
        (other_folder, "holds the embeddings of "),
        (objects, "embeddings.npy: no embeddings (Object arrays cannot be loaded"),
    ],
)
def test_what_was_not_written_for_these_texts_is_refused(two, change, said):
    cache, ours, theirs = two
    change(ours, theirs)
    for _ in range(2):
        with pytest.raises(LangmixError) as error:
            cache.get(IDENTITY, ["x"], Made())
        assert str(ours) in str(error.value)
        assert said in str(error.value)


def test_a_process_looks_at_a_checksum_once(two, monkeypatch):
    cache = two[0]
    looked = []
    monkeypatch.setattr(kept, "verify", looked.append)
    for _ in range(2):
        assert cache.get(IDENTITY, ["x"], Made())[0, 0] == 1.0
    assert looked == [two[1]]
