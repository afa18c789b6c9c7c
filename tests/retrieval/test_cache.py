import time

import numpy as np
import pytest

from langmix.retrieval.cache import EmbeddingCache

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
