"""Reciprocal rank, nDCG, success and AP with a cut-off, by hand; `test_oracle` holds them against trec_eval."""

from math import log2

import numpy as np
import pytest

from langmix.measures.formulas.average_precision import average_precision
from langmix.measures.formulas.ndcg import discount, ndcg
from langmix.measures.formulas.reciprocal_rank import reciprocal_rank
from langmix.measures.formulas.success import success
from langmix.measures.relevant_ranks import RelevantRanks

LISTS = RelevantRanks(np.array([2, 3, 12, 1, 11]), np.array([0, 3, 4]))  # ranks 2 3 12 | 1 | 11


def test_reciprocal_rank():
    assert reciprocal_rank(LISTS) == pytest.approx([1 / 2, 1, 1 / 11])


def test_success():
    assert success(LISTS, 1).tolist() == [0, 1, 0]
    assert success(LISTS, 10).tolist() == [1, 1, 0]
    assert success(LISTS, 11).tolist() == [1, 1, 1]


def test_ndcg():
    ideal = 1 + 1 / log2(3) + 1 / 2
    found = 1 / log2(3) + 1 / 2
    assert ndcg(LISTS) == pytest.approx([(found + 1 / log2(13)) / ideal, 1, 1 / log2(12)])
    assert ndcg(LISTS, 10) == pytest.approx([found / ideal, 1, 0])
    assert ndcg(LISTS, 2) == pytest.approx([(1 / log2(3)) / (1 + 1 / log2(3)), 1, 0])  # ideal is cut off, too


def test_discount():
    assert discount(np.array([1, 3, 4]), 3) == pytest.approx([1, 0.5, 0])
    assert discount(np.array([7]), None) == pytest.approx([1 / 3])


def test_average_precision_with_a_cut_off():
    assert average_precision(LISTS, 10) == pytest.approx([(1 / 2 + 2 / 3) / 3, 1, 0])
    assert average_precision(LISTS, 12) == pytest.approx(average_precision(LISTS))


def test_total_and_list_of():
    assert LISTS.total(np.arange(5.0)).tolist() == [3, 3, 4]
    assert LISTS.list_of.tolist() == [0, 0, 0, 1, 2]
