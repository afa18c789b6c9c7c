"""Training and validation never share a group."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from langmix.corpus.split import in_validation
from langmix.errors import LangmixError
from tests.corpus.user_files import grouping


@given(st.lists(st.text(), max_size=30), st.floats(0, 0.99))
def test_pairs_of_one_group_stay_together_whatever_else_there_is(groups, fraction):
    held_out = in_validation(groups, fraction)
    for group, side in zip(groups, held_out, strict=True):
        assert in_validation([group], fraction)[0] == side


def test_share_of_groups_is_about_the_fraction():
    groups = [f"group {number}" for number in range(20_000)]
    assert in_validation(groups, 0.02).mean() == pytest.approx(0.02, abs=0.004)
    assert not in_validation(groups, 0.0).any()
    # A larger fraction adds groups and takes none away.
    assert not (in_validation(groups, 0.02) & ~in_validation(groups, 0.1)).any()


def test_split_is_the_same_everywhere():
    held_out = in_validation([str(number) for number in range(40)], 0.1)
    assert np.flatnonzero(held_out).tolist() == [2, 12, 13, 17, 28]


def test_splits_of_a_corpus_cover_it_without_overlap(load, write):
    rows = [{"id": f"{n}", "group": f"{n // 50}", "query": f"q{n}", "passage": f"p{n // 50}"} for n in range(10_000)]
    en, fi = write("en.jsonl", rows), write("fi.jsonl", rows[::-1])
    arguments = {"files": {"en": en, "fi": fi}, "columns": {"group": "group"}, "validation_fraction": 0.2}
    train, validation = load(**arguments), load(**arguments, split="validation")
    ids = [corpus.table.column("id").to_pylist() for corpus in (train, validation)]
    groups = [set(corpus.table.column("group").to_pylist()) for corpus in (train, validation)]
    assert sorted(ids[0] + ids[1], key=int) == [row["id"] for row in rows]
    assert not groups[0] & groups[1]
    assert 20 <= len(groups[1]) <= 60
    assert ids[0] == sorted(ids[0], key=int)
    assert ids[1] == sorted(ids[1], key=int)
    assert train.fingerprint != validation.fingerprint
    np.testing.assert_array_equal(np.bincount(grouping(validation)), 50)
    for corpus in (train, validation):
        for row in corpus.table.to_pylist():
            query, passage = f"q{row['id']}", f"p{row['group']}"
            assert list(row.values())[2:] == [query, passage, query, passage]
    # Rows of a slice are counted from its start.
    assert validation.texts("query", np.array([0]), np.array([1])) == [f"q{ids[1][0]}"]


def test_empty_split_is_refused(load, trio):
    with pytest.raises(LangmixError, match=r"'validation' none of the 3 pairs; raise it$"):
        load(trio, split="validation")
    with pytest.raises(LangmixError, match=r"'train' none of the 3 pairs; lower it$"):
        load(trio, validation_fraction=0.999999)
