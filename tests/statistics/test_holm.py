import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langmix.statistics.holm import holm


@pytest.fixture(scope="module")
def multitest():
    from statsmodels.stats import multitest

    return multitest


@settings(max_examples=25)
@given(p=st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_one_family_is_as_statsmodels_says(multitest, p):
    np.testing.assert_allclose(holm(np.array(p)), multitest.multipletests(p, method="holm")[1], rtol=1e-12)


def test_by_hand():
    np.testing.assert_allclose(holm(np.array([0.01, 0.04, 0.03, 0.005])), [0.03, 0.06, 0.06, 0.02])


def test_families_do_not_see_each_other():
    p = np.array([0.01, 0.04, 0.03, 0.005])
    apart = holm(p, ["x", "y", "x", "y"])
    np.testing.assert_allclose(apart[[0, 2]], holm(p[[0, 2]]))
    np.testing.assert_allclose(apart[[1, 3]], holm(p[[1, 3]]))


def test_what_is_not_a_test_does_not_count():
    np.testing.assert_allclose(holm(np.array([0.02, np.nan, 0.04])), [0.04, np.nan, 0.04])


def test_false_alarms_of_a_family():
    rng = np.random.default_rng(0)
    p = rng.random((4000, 10))
    any_found = np.mean([(holm(row) <= 0.05).any() for row in p])
    assert any_found == pytest.approx(0.05, abs=0.012)
