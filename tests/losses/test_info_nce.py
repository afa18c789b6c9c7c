import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.functional import normalize

from langmix.errors import LangmixError
from langmix.losses import Embedded, InfoNCE

from .batches import batches, random_units


def by_definition(queries, candidates, masked, temperature, margin=0.0):
    """In NumPy and double precision, query by query; candidate i is query i's own."""
    queries, candidates, masked = (np.asarray(rows, np.float64) for rows in (queries, candidates, masked))
    scores = queries @ candidates.T
    scores[np.arange(len(scores)), np.arange(len(scores))] -= margin
    scores /= temperature
    rows = zip(scores, masked, strict=True)
    return np.mean([np.log(np.exp(row[out == 0] - row[i]).sum()) for i, (row, out) in enumerate(rows)])


@settings(max_examples=60)
@given(batches(), st.floats(0.02, 2.0), st.sampled_from([0.0, 0.3]))
def test_is_the_formula(batch, temperature, margin):
    ours = InfoNCE(margin=margin)(batch, temperature)
    expected = by_definition(batch.queries, batch.candidates, batch.masked, temperature, margin)
    assert float(ours) == pytest.approx(expected, rel=1e-4, abs=1e-5)


@settings(max_examples=40)
@given(batches(), st.sampled_from([0.0, 0.3]))
def test_symmetric_is_the_mean_of_both_directions(batch, margin):
    there = by_definition(batch.queries, batch.candidates, batch.masked, 0.2, margin)
    # A passage that answers a query does so whichever of them is asked for.
    masked = batch.masked[:, : len(batch.queries)].T
    back = by_definition(batch.passages, batch.queries, masked, 0.2, margin)
    ours = InfoNCE(symmetric=True, margin=margin)(batch, 0.2)
    assert float(ours) == pytest.approx((there + back) / 2, rel=1e-4, abs=1e-5)


def test_what_is_masked_gets_no_gradient():
    generator = torch.Generator().manual_seed(0)
    queries, passages = random_units(generator, 3, 4), random_units(generator, 3, 4).requires_grad_()
    masked = torch.tensor([[False, True, False]])
    InfoNCE()(Embedded(queries[:1], passages[:1], torch.zeros(1, 3, dtype=torch.bool), passages[1:]), 0.1).backward()
    assert passages.grad[1].abs().sum() > 0
    passages.grad = None
    InfoNCE()(Embedded(queries[:1], passages[:1], masked, passages[1:]), 0.1).backward()
    assert passages.grad[1].abs().sum() == 0
    assert passages.grad[2].abs().sum() > 0


def test_a_query_without_negatives_has_nothing_to_learn():
    unit = normalize(torch.ones(2, 3), dim=1)
    assert float(InfoNCE()(Embedded(unit, unit, torch.tensor([[False, True], [True, False]])), 0.05)) == 0.0


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
        loss = InfoNCE(symmetric=symmetric)(Embedded(*found[:2], masked, found[2]), found[3])
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


def test_a_margin_out_of_range_is_refused():
    with pytest.raises(LangmixError, match=r"^loss\.margin=-1: must be from 0 to 2$"):
        InfoNCE(margin=-1)
