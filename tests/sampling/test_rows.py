"""A set of rows in bits answers like the array of its rows."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from langmix.sampling.rows import Rows, Texts
from tests.sampling.sample_corpus import corpus_of


@given(st.data(), st.integers(1, 3000), st.floats(0, 1))
def test_rows_at_their_positions(data, size, share):
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    flags = rng.random(size) < share
    start = data.draw(st.integers(0, size))
    stop = data.draw(st.integers(start, size))
    rows = Rows.of(np.packbits(flags, bitorder="little"), range(start, stop))
    expected = np.flatnonzero(flags[start:stop]) + start
    assert rows.size == len(expected)
    np.testing.assert_array_equal(rows.at(np.arange(rows.size)), expected)
    if rows.size:
        positions = rng.integers(0, rows.size, 20)
        np.testing.assert_array_equal(rows.at(positions), expected[positions])


def test_equal_sets_have_equal_digests():
    bits = np.packbits([1, 0, 1, 1, 0, 1, 1, 1, 1, 0], bitorder="little")
    other = np.packbits([0, 0, 1, 1, 0, 1, 1, 1, 0, 0], bitorder="little")
    assert Rows.of(bits, range(2, 8)).digest == Rows.of(other, range(2, 8)).digest
    assert Rows.of(bits, range(10)).digest != Rows.of(other, range(10)).digest
    assert Rows.of(bits, range(2)).digest != Rows.of(bits, range(8, 10)).digest


def test_texts_tell_what_exists():
    texts = Texts(corpus_of([{"en": "q"}, {"de": "qp"}, {"en": "p", "de": "q"}], ("en", "de")), "query")
    found = texts.exist(np.array([2, 0, 1, 2]), np.array([1, 0, 1]))
    np.testing.assert_array_equal(found, [[1, 0, 1], [0, 1, 0], [1, 0, 1], [1, 0, 1]])
