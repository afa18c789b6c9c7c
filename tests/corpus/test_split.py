"""Training and validation never share a group."""

import math
from itertools import count

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from langmix.corpus.split import held_out, in_validation
from langmix.errors import LangmixError
from tests.corpus.user_files import grouping

SIZES = st.dictionaries(st.text(max_size=3), st.integers(1, 40), max_size=30)


def pairs_of(sizes):
    return [group for group, size in sizes.items() for _ in range(size)]


@given(SIZES, st.floats(0, 1))
def test_no_more_than_twice_the_fraction_is_held_out(sizes, fraction):
    chosen = held_out(sizes, fraction)
    total = sum(sizes.values())
    assert sum(sizes[group] for group in chosen) <= max(1, 2 * fraction * total)
    if fraction == 1:
        assert chosen == set(sizes)


@given(SIZES, st.floats(0, 1), st.randoms())
def test_groups_stay_together_in_whatever_order_the_pairs_come(sizes, fraction, random):
    groups = pairs_of(sizes)
    random.shuffle(groups)
    chosen = held_out(sizes, fraction)
    assert in_validation(groups, fraction).tolist() == [group in chosen for group in groups]


@example(60, 609)  # by itself it would hold out more than twice the fraction
@given(st.integers(60, 300), st.integers(0, 1000))
def test_others_make_up_for_a_large_group_that_stays_in_training(small, number):
    sizes = {f"group {number} {n}": 1 for n in range(small)}
    giant = next(name for n in count() if held_out({(name := f"giant {n}"): 1}, 0.1))
    alone = held_out(sizes, 0.1)
    chosen = held_out(sizes | {giant: small}, 0.1)
    assert alone <= chosen
    below = sum(len(held_out({name: 1}, 0.1)) for name in sizes)
    assert len(chosen) == max(below, math.ceil(0.1 * 2 * small))
    assert giant not in chosen


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
    with pytest.raises(LangmixError, match=r"'validation' none of the 3 pairs in 3 groups; raise it$"):
        load(trio, split="validation")
    with pytest.raises(LangmixError, match=r"'train' none of the 3 pairs in 3 groups; lower it$"):
        load(trio, validation_fraction=0.999999)
