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

    def __call__(self, texts):
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


def test_what_is_larger_than_the_limit_is_made_once_and_not_kept(tmp_path):
    made = Made(rows=60)
    found = EmbeddingCache(tmp_path, 500).get(IDENTITY, ["x"], made)
    assert np.array_equal(found, made.embeddings)
    assert made.times == 1
    assert not list(tmp_path.glob("*/embeddings.npy"))


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


class Encoded:
    """Encodes texts by their length, a little otherwise at each call; breaks at some call."""

    def __init__(self, breaks_at=None):
        self.calls = []
        self._breaks_at = breaks_at

    def __call__(self, texts):
        if len(self.calls) == self._breaks_at:
            raise KeyboardInterrupt
        self.calls.append(list(texts))
        return np.array([[len(text), len(self.calls) / 1000] for text in texts], np.float32)


MANY = ["a", "bb", "ccc", "bb", "dddd", "a", "eeeee"]


@pytest.fixture
def parts(monkeypatch):
    monkeypatch.setattr(kept, "PART", 3)


@pytest.mark.usefixtures("parts")
def test_many_texts_are_encoded_in_parts_and_stay_on_disk(tmp_path):
    made = Encoded()
    found = EmbeddingCache(tmp_path, LARGE).get(IDENTITY, MANY, made)
    assert made.calls == [["a", "bb", "ccc"], ["bb", "dddd", "a"], ["eeeee"]]
    assert isinstance(found, np.memmap)
    assert found[:, 0].tolist() == [1, 2, 3, 2, 4, 1, 5]
    assert np.array_equal(found[3], found[1])  # equal texts, though their parts gave them other last digits
    assert np.array_equal(found[5], found[0])
    assert len([path for path in tmp_path.iterdir() if path.is_dir()]) == 1
    assert np.array_equal(EmbeddingCache(tmp_path, LARGE).get(IDENTITY, MANY, made), found)
    assert len(made.calls) == 3


@pytest.mark.usefixtures("parts")
def test_a_part_that_is_kept_is_not_encoded_again(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        EmbeddingCache(tmp_path, LARGE).get(IDENTITY, MANY, Encoded(breaks_at=2))
    again = Encoded()
    EmbeddingCache(tmp_path, LARGE).get(IDENTITY, MANY, again)
    assert again.calls == [["eeeee"]]


@pytest.mark.usefixtures("parts")
def test_a_damaged_part_is_refused(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        EmbeddingCache(tmp_path, LARGE).get(IDENTITY, MANY, Encoded(breaks_at=2))
    path = min(tmp_path.glob("*/embeddings.npy"))
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(LangmixError, match="differs from its checksum"):
        EmbeddingCache(tmp_path, LARGE).get(IDENTITY, MANY, Encoded())


@pytest.mark.usefixtures("parts")
def test_what_there_is_no_space_for_is_refused_once_its_size_is_known(tmp_path, monkeypatch):
    made = Encoded()
    with pytest.raises(LangmixError, match=r"^7 embeddings take 5.22e-08 GiB, and store.embeddings_gib is 5.12e-08$"):
        EmbeddingCache(tmp_path, 55).get(IDENTITY, MANY, made)
    assert len(made.calls) == 1
    usage = shutil.disk_usage(tmp_path)._replace(free=2 * 56 - 24 - 1)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with pytest.raises(LangmixError, match=r"need 8.2e-08 GiB more while they are joined, and 8.1e-08 are free"):
        EmbeddingCache(tmp_path, LARGE).get(IDENTITY, MANY, made)
