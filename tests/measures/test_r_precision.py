"""R-precision against trec_eval and by hand."""

import ir_measures
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from langmix.measures.formulas.r_precision import r_precision
from langmix.measures.relevant_ranks import RelevantRanks


def test_by_hand():
    lists = RelevantRanks(np.array([1, 2, 3, 2, 9, 4]), np.array([0, 3, 5]))
    assert r_precision(lists).tolist() == [1.0, 0.5, 0.0]


@given(st.lists(st.sets(st.integers(1, 20), min_size=1), min_size=1, max_size=8))
def test_it_is_trec_evals(relevant):
    ranks = [np.sort(list(each)) for each in relevant]
    lists = RelevantRanks(np.concatenate(ranks), np.cumsum([0, *map(len, ranks[:-1])]))
    qrels = [
        ir_measures.Qrel(str(query), f"d{rank}", 1) for query, each in enumerate(relevant) for rank in sorted(each)
    ]
    run = [
        ir_measures.ScoredDoc(str(query), f"d{rank}", 1 / rank)
        for query in range(len(relevant))
        for rank in range(1, 21)
    ]
    expected = {each.query_id: each.value for each in ir_measures.iter_calc([ir_measures.Rprec], qrels, run)}
    np.testing.assert_allclose(r_precision(lists), [expected[str(query)] for query in range(len(relevant))])
