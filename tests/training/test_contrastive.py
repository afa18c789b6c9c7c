import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.functional import normalize

from langmix.training.contrastive import info_nce


def by_definition(queries, candidates, masked, temperature):
    """In NumPy and double precision, query by query; candidate i is query i's own."""
    queries, candidates = (np.asarray(rows, np.float64) for rows in (queries, candidates))
    scores = queries @ candidates.T / temperature
    return np.mean(
        [np.log(np.exp(row[~out] - row[i]).sum()) for i, (row, out) in enumerate(zip(scores, masked, strict=True))]
    )


def random_units(generator, *shape):
    return normalize(torch.randn(*shape, generator=generator), dim=-1)


def masks(pairs, negatives, draw):
    masked = np.array(draw, bool).reshape(pairs, pairs + negatives)
    np.fill_diagonal(masked, val=False)
    return masked


@st.composite
def batches(draw):
    pairs, negatives = draw(st.integers(2, 8)), draw(st.integers(0, 5))
    bits = draw(st.lists(st.booleans(), min_size=pairs * (pairs + negatives), max_size=pairs * (pairs + negatives)))
    generator = torch.Generator().manual_seed(draw(st.integers(0, 1000)))
    parts = [random_units(generator, n, 8) for n in (pairs, pairs, negatives)]
    return parts, masks(pairs, negatives, bits)


@settings(max_examples=60, deadline=None)
@given(batches(), st.floats(0.02, 2.0))
def test_is_the_formula(batch, temperature):
    (queries, passages, negatives), masked = batch
    ours = info_nce(queries, passages, torch.from_numpy(masked), temperature, negatives)
    expected = by_definition(queries, torch.cat([passages, negatives]), masked, temperature)
    assert float(ours) == pytest.approx(expected, rel=1e-4, abs=1e-5)
    if not len(negatives):
        assert float(info_nce(queries, passages, torch.from_numpy(masked), temperature)) == float(ours)


@settings(max_examples=40, deadline=None)
@given(batches())
def test_symmetric_is_the_mean_of_both_directions(batch):
    (queries, passages, negatives), masked = batch
    there = by_definition(queries, torch.cat([passages, negatives]), masked, 0.2)
    # A passage that answers a query does so whichever of them is asked for.
    back = by_definition(passages, queries, masked[:, : len(queries)].T, 0.2)
    ours = info_nce(queries, passages, torch.from_numpy(masked), 0.2, negatives, symmetric=True)
    assert float(ours) == pytest.approx((there + back) / 2, rel=1e-4, abs=1e-5)


def test_what_is_masked_gets_no_gradient():
    generator = torch.Generator().manual_seed(0)
    queries, passages = random_units(generator, 3, 4), random_units(generator, 3, 4).requires_grad_()
    masked = torch.tensor([[False, True, False], [False, False, True], [False, True, False]])
    info_nce(queries[:1], passages[:1], masked[:1, :1], 0.1, passages[1:]).backward()
    assert passages.grad[1].abs().sum() > 0
    passages.grad = None
    info_nce(queries[:1], passages[:1], masked[:1], 0.1, passages[1:]).backward()
    assert passages.grad[1].abs().sum() == 0
    assert passages.grad[2].abs().sum() > 0


def test_a_query_without_negatives_has_nothing_to_learn():
    unit = normalize(torch.ones(2, 3), dim=1)
    assert float(info_nce(unit, unit, torch.tensor([[False, True], [True, False]]), 0.05)) == 0.0


@pytest.mark.parametrize("symmetric", [False, True])
def test_under_autocast_loss_and_gradients_are_those_of_higher_precision(symmetric):
    """A hundred pairs at the temperature of the smallest errors: bfloat16 scores would be off by tenths."""
    generator = torch.Generator().manual_seed(2)
    queries = random_units(generator, 100, 384)
    passages = normalize(queries + random_units(generator, 100, 384), dim=1)
    negatives = normalize(queries[:30] + random_units(generator, 30, 384), dim=1)
    groups = torch.cat([torch.arange(100) // 2, torch.arange(30) + 45])
    masked = (groups[:100, None] == groups) & ~torch.eye(100, 130, dtype=torch.bool)
    found = [part.clone().requires_grad_() for part in (queries, passages, negatives, torch.tensor(0.02))]
    with torch.autocast("cpu", torch.bfloat16):
        loss = info_nce(*found[:2], masked, found[3], found[2], symmetric=symmetric)
    loss.backward()

    exact = [part.double().requires_grad_() for part in (queries, passages, negatives, torch.tensor(0.02))]
    scores = exact[0] @ torch.cat(exact[1:3]).T / exact[3]
    scores = scores.masked_fill(masked, float("-inf"))
    expected = (torch.logsumexp(scores, 1) - scores.diag()).mean()
    if symmetric:
        expected = (expected + (torch.logsumexp(scores[:, :100], 0) - scores.diag()).mean()) / 2
    expected.backward()
    assert loss.dtype == torch.float32
    torch.testing.assert_close(loss.double(), expected, rtol=1e-5, atol=0)
    for ours, theirs in zip(found, exact, strict=True):
        torch.testing.assert_close(
            ours.grad.double(), theirs.grad, rtol=1e-4, atol=1e-6 * float(theirs.grad.abs().max())
        )
