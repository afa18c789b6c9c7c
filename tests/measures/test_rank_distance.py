import numpy as np
import pytest

from langmix.measures.formulas.rank_distance import log_rank_range, rank_distance, rank_distance_share
from langmix.measures.relevant_ranks import RelevantRanks

LISTS = RelevantRanks(np.array([2, 5, 64, 9, 1, 101]), np.array([0, 3, 4]))  # ranks 2 5 64 | 9 | 1 101


def test_by_hand():
    nan = np.nan
    assert rank_distance(LISTS) == pytest.approx([62, nan, 100], nan_ok=True)
    assert rank_distance_share(LISTS, 101) == pytest.approx([0.62, nan, 1], nan_ok=True)
    assert log_rank_range(LISTS) == pytest.approx([5, nan, np.log2(101)], nan_ok=True)


def test_the_log_range_tells_a_gap_at_the_top_from_one_far_down():
    top, deep = RelevantRanks(np.array([1, 1001, 1000, 2000]), np.array([0, 2])), slice(None)
    assert rank_distance(top)[deep].tolist() == [1000, 1000]
    assert log_rank_range(top) == pytest.approx([np.log2(1001), 1])
