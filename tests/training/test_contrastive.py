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


def random_units(generator, *shape):
    return normalize(torch.randn(*shape, generator=generator), dim=-1)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 3), min_size=2, max_size=6), st.lists(st.integers(0, 5), max_size=6), st.integers(0, 99))
def test_extra_negatives_join_the_sum_unless_of_the_group(groups, negative_groups, seed):
    generator = torch.Generator().manual_seed(seed)
    queries, passages = random_units(generator, len(groups), 8), random_units(generator, len(groups), 8)
    negatives = random_units(generator, len(negative_groups), 8)
    ours = info_nce(
        queries, passages, torch.tensor(groups), 0.2, negatives, torch.tensor(negative_groups, dtype=torch.int64)
    )
    total = 0.0
    for i, group in enumerate(groups):
        others = [passages[j] for j, other in enumerate(groups) if j == i or other != group]
        others += [negatives[j] for j, other in enumerate(negative_groups) if other != group]
        scores = torch.stack([queries[i] @ passage for passage in others]) / 0.2
        total += float(torch.logsumexp(scores, 0) - queries[i] @ passages[i] / 0.2)
    assert float(ours) == pytest.approx(total / len(groups), rel=1e-4, abs=1e-5)


def test_negatives_without_groups_are_refused():
    unit = normalize(torch.ones(2, 3), dim=1)
    with pytest.raises(ValueError, match="come together"):
        info_nce(unit, unit, torch.tensor([1, 2]), 0.1, negatives=unit)


def test_symmetric_is_the_mean_of_both_directions():
    generator = torch.Generator().manual_seed(1)
    queries, passages = random_units(generator, 5, 8), random_units(generator, 5, 8)
    groups = torch.tensor([1, 2, 2, 3, 4])
    there, back = info_nce(queries, passages, groups, 0.1), info_nce(passages, queries, groups, 0.1)
    assert torch.allclose(info_nce(queries, passages, groups, 0.1, symmetric=True), (there + back) / 2)
    negatives, of = random_units(generator, 3, 8), torch.tensor([2, 9, 9])
    mined = info_nce(queries, passages, groups, 0.1, negatives, of)
    assert torch.allclose(info_nce(queries, passages, groups, 0.1, negatives, of, symmetric=True), (mined + back) / 2)


@pytest.mark.parametrize("symmetric", [False, True])
def test_under_autocast_loss_and_gradients_are_those_of_higher_precision(symmetric):
    """A hundred pairs at the temperature of the smallest errors: bfloat16 scores would be off by tenths."""
    generator = torch.Generator().manual_seed(2)
    queries = random_units(generator, 100, 384)
    passages = normalize(queries + random_units(generator, 100, 384), dim=1)
    negatives = normalize(queries[:30] + random_units(generator, 30, 384), dim=1)
    groups, of = torch.arange(100) // 2, torch.arange(30) + 45
    found = [part.clone().requires_grad_() for part in (queries, passages, negatives, torch.tensor(0.02))]
    with torch.autocast("cpu", torch.bfloat16):
        loss = info_nce(*found[:2], groups, found[3], found[2], of, symmetric=symmetric)
    loss.backward()

    exact = [part.double().requires_grad_() for part in (queries, passages, negatives, torch.tensor(0.02))]
    scores = exact[0] @ exact[1].T / exact[3]
    scores = scores.masked_fill((groups[:, None] == groups) & ~torch.eye(100, dtype=torch.bool), float("-inf"))
    extra = (exact[0] @ exact[2].T / exact[3]).masked_fill(groups[:, None] == of, float("-inf"))
    expected = (torch.logsumexp(torch.cat([scores, extra], dim=1), 1) - scores.diag()).mean()
    if symmetric:
        expected = (expected + (torch.logsumexp(scores, 0) - scores.diag()).mean()) / 2
    expected.backward()
    assert loss.dtype == torch.float32
    torch.testing.assert_close(loss.double(), expected, rtol=1e-5, atol=0)
    for ours, theirs in zip(found, exact, strict=True):
        torch.testing.assert_close(
            ours.grad.double(), theirs.grad, rtol=1e-4, atol=1e-6 * float(theirs.grad.abs().max())
        )
