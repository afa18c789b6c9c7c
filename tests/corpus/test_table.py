"""The corpus type itself."""

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from langmix.corpus import TableCorpus
from langmix.corpus.table import content_hash, schema
from tests.corpus.user_files import grouping

COLUMN = st.lists(st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=3), max_size=6)


@given(COLUMN, COLUMN, st.integers(1, 3))
def test_content_hash_tells_columns_apart_but_not_how_they_are_cut(one, other, cut):
    table = pa.table({"x": pa.array(one, pa.string())})
    chunks = [pa.array(one[start : start + cut], pa.string()) for start in range(0, len(one), cut)]
    assert content_hash(pa.table({"x": pa.chunked_array(chunks, pa.string())})) == content_hash(table)
    padded = pa.table({"x": pa.array(["before", *one, "after"], pa.string())}).slice(1, len(one))
    assert content_hash(padded) == content_hash(table)
    same = content_hash(pa.table({"x": pa.array(other, pa.string())})) == content_hash(table)
    assert same == (one == other)


def test_content_hash_knows_the_column_names():
    column = pa.array(["a"])
    assert content_hash(pa.table({"x": column})) != content_hash(pa.table({"y": column}))


def test_open_maps_a_slice_of_the_file(tmp_path):
    columns = {"id": ["a", "b", "c"], "group": ["g", "g", "h"], "query.fi": ["1", None, "3"], "passage.fi": ["x"] * 3}
    table = pa.table(columns, schema=schema(("fi",)))
    with pa.ipc.new_file(tmp_path / "corpus.arrow", table.schema) as file:
        file.write_table(table, max_chunksize=2)
    corpus = TableCorpus.open(tmp_path / "corpus.arrow", "mine", "hash", slice(1, 3))
    assert (corpus.languages, len(corpus), corpus.fingerprint) == (("fi",), 2, "hash")
    np.testing.assert_array_equal(corpus.has("query"), [[False], [True]])
    assert grouping(corpus) == [0, 1]
    assert corpus.texts("query", np.array([1]), np.array([0])) == ["3"]
    assert len(TableCorpus.open(tmp_path / "corpus.arrow", "mine", "hash")) == 3
