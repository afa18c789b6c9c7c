import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.functional import normalize

from langmix.training.contrastive import info_nce


def by_definition(queries, passages, groups, temperature):
    total = 0.0
    for i in range(len(queries)):
        scores = [
            float(queries[i] @ passages[j]) / temperature
            for j in range(len(passages))
            if j == i or groups[j] != groups[i]
        ]
        own = float(queries[i] @ passages[i]) / temperature
        total += math.log(sum(math.exp(s - own) for s in scores))
    return total / len(queries)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 4), min_size=2, max_size=12), st.floats(0.02, 2.0), st.integers(0, 1000))
def test_is_the_formula(groups, temperature, seed):
    generator = torch.Generator().manual_seed(seed)
    queries = normalize(torch.randn(len(groups), 8, generator=generator), dim=1)
    passages = normalize(torch.randn(len(groups), 8, generator=generator), dim=1)
    ours = info_nce(queries, passages, torch.tensor(groups), temperature)
    assert float(ours) == pytest.approx(by_definition(queries, passages, groups, temperature), rel=1e-4, abs=1e-5)


def test_a_passage_of_the_same_group_is_no_negative():
    generator = torch.Generator().manual_seed(0)
    queries = normalize(torch.randn(3, 4, generator=generator), dim=1)
    passages = normalize(torch.randn(3, 4, generator=generator), dim=1).requires_grad_()
    groups = torch.tensor([5, 5, 9])
    scores = queries @ passages.T / 0.1
    own = torch.logsumexp(scores[0, [0, 2]], 0) - scores[0, 0]
    others = torch.logsumexp(scores[1, [1, 2]], 0) - scores[1, 1] + torch.logsumexp(scores[2], 0) - scores[2, 2]
    assert torch.allclose(info_nce(queries, passages, groups, 0.1), (own + others) / 3, atol=1e-5)


def test_one_group_alone_has_no_negatives():
    unit = normalize(torch.ones(2, 3), dim=1)
    assert float(info_nce(unit, unit, torch.tensor([1, 1]), 0.05)) == 0.0
