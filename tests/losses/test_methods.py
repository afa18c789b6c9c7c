"""Every loss against its formula in NumPy, and against what the published code says of fixed tensors."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from scipy.special import log_softmax, rel_entr
from torch import nn
from torch.nn.functional import normalize

from langmix.encoder.backbone import Backbone
from langmix.errors import LangmixError
from langmix.losses import Clear, DistillKL, Embedded, InfoNCE, LaKDA, MarginMSE, Mimo

from .batches import batches
from .test_info_nce import by_definition

PUBLISHED = json.loads((Path(__file__).parent / "published.json").read_text(encoding="utf-8"))
TENSORS = {name: torch.tensor(rows, dtype=torch.float64) for name, rows in PUBLISHED["tensors"].items()}
METHODS = {
    "lakda": LaKDA(alpha=0.5),
    "clear": Clear(alpha=0.4, beta=0.2),
    "mimo_first_stage": Mimo(first_stage=1.0),
    "mimo_second_stage": Mimo(weight=0.2, first_stage=0.0),
}
EVERY = [InfoNCE(symmetric=True, margin=0.3), LaKDA(), Clear(), DistillKL(), MarginMSE(), Mimo(first_stage=0.0)]


class Projection(nn.Module):
    def __init__(self, weight, bias):
        super().__init__()
        self.weight, self.bias = weight, bias

    def forward(self, rows):
        return nn.functional.linear(rows, self.weight.float(), self.bias.float())


@pytest.mark.parametrize("method", METHODS)
def test_is_what_the_published_code_says(method):
    expected = PUBLISHED["methods"][method]
    given_ = {name: rows.clone().requires_grad_(name in expected["gradients"]) for name, rows in TENSORS.items()}
    units = {name: normalize(given_[name], dim=1) for name in ("queries", "passages", "seconds")}
    size = len(given_["queries"])
    batch = Embedded(
        units["queries"],
        units["passages"],
        torch.zeros(size, size, dtype=torch.bool),
        seconds=units["seconds"],
        has_second=torch.ones(size, dtype=torch.bool),
        taught=normalize(torch.cat([given_["taught_queries"], given_["taught_passages"]]), dim=1),
    )
    loss = METHODS[method](batch, 1 / 20, Projection(given_["weight"], given_["bias"]))
    loss.backward()
    assert loss.item() == pytest.approx(expected["loss"], abs=1e-6)
    for name, gradient in expected["gradients"].items():
        torch.testing.assert_close(given_[name].grad, torch.tensor(gradient, dtype=torch.float64), rtol=1e-4, atol=1e-6)


def kl(target, scores, masked):
    """Mean over rows, each over what is not masked."""
    rows = []
    for ours, theirs, out in zip(target, scores, masked, strict=True):
        p, q = (np.exp(log_softmax(row[~out])) for row in (ours, theirs))
        rows.append(rel_entr(p, q).sum())
    return np.mean(rows)


def numbers(batch):
    return [np.asarray(part, np.float64) for part in (batch.queries, batch.candidates, batch.seconds, batch.taught)]


@settings(max_examples=60)
@given(batches())
def test_lakda_is_the_formula(batch):
    queries, candidates, seconds, _ = numbers(batch)
    has, masked = batch.has_second.numpy(), batch.masked.numpy()
    expected = 0.7 * by_definition(queries, candidates, masked, 0.1)
    if has.any():
        expected += 0.3 * kl(seconds @ candidates.T, queries[has] @ candidates.T, masked[has])
    assert float(LaKDA(alpha=0.3)(batch, 0.1)) == pytest.approx(expected, rel=1e-4, abs=1e-5)


@settings(max_examples=60)
@given(batches())
def test_clear_is_the_formula(batch):
    queries, candidates, seconds, _ = numbers(batch)
    pairs, has = len(queries), batch.has_second.numpy()
    masked = batch.masked.numpy()
    expected = 0.5 * by_definition(queries, candidates, masked, 0.1)
    if has.any():
        square = masked[:, :pairs][has][:, has]
        passages = candidates[:pairs][has]
        expected += 0.3 * by_definition(passages, seconds, square.T, 0.1)
        back, forward = passages @ seconds.T / 0.1, queries[has] @ passages.T / 0.1
        expected += 0.2 * kl(back, forward, square | square.T)
    assert float(Clear(alpha=0.3, beta=0.2)(batch, 0.1)) == pytest.approx(expected, rel=1e-4, abs=1e-5)


@settings(max_examples=60)
@given(batches())
def test_distillation_is_the_formula(batch):
    queries, candidates, _, taught = numbers(batch)
    pairs, masked = len(queries), batch.masked.numpy()
    scores, lessons = queries @ candidates.T, taught[:pairs] @ taught[pairs:].T
    expected = kl(lessons / 0.02, scores / 0.1, masked)
    assert float(DistillKL(teacher_temperature=0.02)(batch, 0.1)) == pytest.approx(expected, rel=1e-4, abs=1e-5)
    squares = [
        ((scores[i, i] - scores[i, j]) - (lessons[i, i] - lessons[i, j])) ** 2
        for i in range(pairs)
        for j in range(len(candidates))
        if i != j and not masked[i, j]
    ]
    expected = np.mean(squares) if squares else 0.0
    assert float(MarginMSE()(batch, 0.1)) == pytest.approx(expected, rel=1e-4, abs=1e-6)


@settings(max_examples=40)
@given(batches())
def test_no_gradient_is_lost_to_what_is_masked(batch):
    for loss in EVERY:
        leaves = [part.clone().requires_grad_() for part in (batch.queries, batch.passages, batch.seconds)]
        projection = nn.Linear(8, 5)
        value = loss(batch._replace(queries=leaves[0], passages=leaves[1], seconds=leaves[2]), 0.05, projection)
        value.backward()
        assert all(part.grad is None or torch.isfinite(part.grad).all() for part in leaves), loss.name
        assert torch.isfinite(value)


@settings(max_examples=20)
@given(batches())
def test_autocast_changes_nothing(batch):
    projection = nn.Linear(8, 5)
    for loss in EVERY:
        with torch.autocast("cpu", torch.bfloat16):
            found = loss(batch, 0.02, projection)
        assert found.dtype == torch.float32
        assert found.item() == loss(batch, 0.02, projection).item(), loss.name


def test_first_stage_is_distillation_alone():
    generator = torch.Generator().manual_seed(0)
    queries, passages = (normalize(torch.randn(3, 8, generator=generator), dim=1) for _ in range(2))
    masked = torch.zeros(3, 3, dtype=torch.bool)
    taught = torch.cat([queries, passages])
    batch = Embedded(queries, passages, masked, taught=taught)
    loss, identity = Mimo(first_stage=0.5), nn.Identity()
    assert float(loss(batch._replace(done=0.49), 0.05, identity)) == pytest.approx(0.0, abs=1e-6)
    after = 0.2 * float(InfoNCE()(batch, 0.05))
    assert float(loss(batch._replace(done=0.5), 0.05, identity)) == pytest.approx(after, abs=1e-6)


@pytest.mark.parametrize(
    ("build", "line"),
    [
        (lambda: LaKDA(alpha=1.5), "loss.alpha=1.5: must be from 0 to 1"),
        (lambda: Clear(alpha=0.7, beta=0.4), "loss.alpha=0.7 and loss.beta=0.4: must not add up to more than 1"),
        (lambda: Clear(beta=-1), "loss.beta=-1: must be from 0 to 1"),
        (lambda: DistillKL(teacher_temperature=0), "loss.teacher_temperature=0: must be greater than 0"),
        (lambda: Mimo(weight=2), "loss.weight=2: must be from 0 to 1"),
        (lambda: MarginMSE().backbone, "loss=margin_mse: needs a teacher: backbone@loss.teacher=NAME"),
    ],
)
def test_wrong_options_are_refused(build, line):
    with pytest.raises(LangmixError) as raised:
        build()
    assert str(raised.value) == line


def test_identity_holds_every_option_and_the_teacher():
    assert LaKDA(alpha=0.3, pivot="en").identity == {"name": "lakda", "alpha": 0.3, "pivot": "en"}
    teacher = Backbone("t", "origin", Path("folder"), "mean", "", "", 8, 8)
    assert Mimo(teacher=teacher).identity["teacher"] == teacher.identity
