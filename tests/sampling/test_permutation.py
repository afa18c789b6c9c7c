import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare, kstest

from langmix.sampling.permutation import Permutation


@given(st.integers(1, 3000), st.integers(0, 2**32))
def test_every_thing_has_exactly_one_position(size, key):
    order = Permutation(size, (key,))(np.arange(size))
    assert np.array_equal(np.sort(order), np.arange(size))


@given(st.integers(1, 10_000), st.lists(st.integers(0, 9_999), min_size=1, max_size=20))
def test_a_position_does_not_depend_on_what_is_asked_with_it(size, positions):
    positions = np.array([p % size for p in positions])
    permutation = Permutation(size, (3, 4))
    alone = [int(permutation(np.array([p]))[0]) for p in positions]
    assert permutation(positions).tolist() == alone


def test_where_a_thing_lands_is_uniform_over_keys():
    landed = np.array([Permutation(10, (key,))(np.array([3]))[0] for key in range(4000)])
    assert chisquare(np.bincount(landed, minlength=10)).pvalue > 1e-3


def test_neighbours_in_the_order_are_unrelated():
    order = Permutation(200_000, (7,))(np.arange(200_000))
    gaps = np.abs(np.diff(order)) / 200_000
    assert kstest(gaps, lambda x: 1 - (1 - x) ** 2).pvalue > 1e-3  # distance of two independent uniforms


def test_forty_million_things_need_no_memory_for_their_order():
    order = Permutation(40_000_000, (1,))
    drawn = order(np.arange(39_999_900, 40_000_000))
    assert len(set(drawn.tolist())) == 100
    assert drawn.max() < 40_000_000


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 16, 17])
def test_small_sizes(size):
    assert sorted(Permutation(size, (0,))(np.arange(size)).tolist()) == list(range(size))
