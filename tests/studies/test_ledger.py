"""Marks of figures."""

import pytest

from langmix.studies.ledger import mark, mark_of
from langmix.studies.plan import names, study


@pytest.mark.parametrize(
    ("encoder", "corpus", "collection", "expected"),
    [
        ("me5_small", "mlqa_test", "xquad_r", "in-domain"),
        ("use_multi", "mlqa_test", "xquad_r", "zero-shot"),
        ("use_multi", "mlqa_test", "mlqa_r", "same source"),
        ("use_multi", "squad_parallel", "mlqa_r", "zero-shot"),
        ("use_multi", "mlqa_test", "xnli_entailment", "in-domain"),
        ("use_multi", "mine", "xquad_r", "unknown"),
        ("mine", "mlqa_test", "xquad_r", "unknown"),
    ],
)
def test_marks(encoder, corpus, collection, expected):
    assert mark(encoder, corpus, collection) == expected


@pytest.mark.parametrize("name", names())
def test_every_figure_of_a_study_has_one(name):
    asked = study(name)
    for collection in asked.collections:
        assert mark_of(asked.grid.common, collection) != "unknown"
