import numpy as np
import pytest

from langmix.scoring.collapse import mean_cosine


def test_is_the_mean_over_all_pairs():
    rows = np.random.default_rng(0).standard_normal((30, 5)).astype(np.float32)
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    cosines = (unit @ unit.T)[np.triu_indices(30, 1)]
    assert mean_cosine(rows) == pytest.approx(cosines.mean(), abs=1e-6)


def test_the_same_row_again_and_again():
    assert mean_cosine(np.full((1000, 7), 0.3, np.float32)) == pytest.approx(1, abs=1e-6)
    assert np.isnan(mean_cosine(np.ones((1, 3), np.float32)))
