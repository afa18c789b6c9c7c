"""Which weights are kept, when training ends, and what a look at a held-out collection changes: nothing else."""

from dataclasses import replace

import pytest
import torch

from langmix.encoder.chunks import Chunks
from langmix.errors import LangmixError
from langmix.training.data import PlannedBatches
from langmix.training.module import BiEncoder

from .tiny_run import SETTINGS, arms, run


def weights(encoder):
    return [value.clone() for value in encoder.parameters()]


def test_training_ends_when_validation_does_not_improve(tiny):
    # A rate of next to nothing: the loss of the first validation is hardly ever beaten twice in a row.
    settings = replace(SETTINGS, learning_rate=1.0, gradient_clip=0.0, patience=1)
    _, fitted, history = run(tiny, settings)
    losses = [figures["validation/loss"] for _, figures in history if "validation/loss" in figures]
    worse = [after >= min(losses[: index + 1]) for index, after in enumerate(losses[1:])]
    assert worse.index(True) == len(worse) - 1  # stopped at the first that is no better
    assert fitted.steps == 3 * len(losses) < SETTINGS.max_steps
    assert fitted.best_validation_loss == min(losses)


def test_a_look_at_a_collection_changes_no_weight(tiny):
    looks = []

    def evaluate(encoder):
        encoder.eval()
        torch.rand(3)
        texts = encoder.tokenize(["\u0e01 has tokens that training has not: @#%"], "query")
        looks.append(encoder.embed(Chunks.of(texts, 64)).sum().item())
        return 0.5

    settings = replace(SETTINGS, dropout=0.2, trim_vocabulary=True)
    plain, fitted, _ = run(tiny, settings)
    looked, again, history = run(tiny, settings, evaluate=evaluate)
    assert len(set(looks)) == 4  # of the weights of the moment
    assert [f["validation/map"] for _, f in history if "validation/map" in f] == [0.5] * 4
    assert all(torch.equal(a, b) for a, b in zip(weights(plain), weights(looked), strict=True))
    assert (again.best_step, again.best_validation_map) == (fitted.best_step, 0.5)


def test_the_weights_of_the_highest_map_are_kept(tiny):
    seen, scores = [], iter([0.1, 0.4, 0.2, 0.3])

    def evaluate(encoder):
        seen.append(weights(encoder))
        return next(scores)

    encoder, fitted, _ = run(tiny, replace(SETTINGS, monitor="map"), evaluate=evaluate)
    assert (fitted.best_step, fitted.best_validation_map) == (6, 0.4)
    assert all(torch.equal(a, b) for a, b in zip(weights(encoder), seen[1], strict=True))


def test_map_without_a_collection_is_refused(tiny):
    with pytest.raises(LangmixError, match=r"training.monitor=map: needs a held-out collection"):
        run(tiny, replace(SETTINGS, monitor="map"))


def test_a_learned_temperature_moves_within_its_bounds(tiny):
    _, fitted, history = run(tiny, replace(SETTINGS, learn_temperature=True))
    values = [figures["train/temperature"] for _, figures in history if "train/temperature" in figures]
    assert len(set(values)) == SETTINGS.max_steps
    assert fitted.temperature in [pytest.approx(value) for value in values]
    _, lowest, _ = run(tiny, replace(SETTINGS, learn_temperature=True, temperature=0.0101, learning_rate=0.5))
    assert lowest.temperature >= 0.01 * (1 - 1e-6)


def test_weights_are_judged_at_the_configured_temperature(tiny):
    encoder, fitted, _ = run(tiny, replace(SETTINGS, learn_temperature=True, max_steps=3))
    assert fitted.temperature != pytest.approx(SETTINGS.temperature, rel=0.01)
    module = BiEncoder(encoder, SETTINGS, seed=0).eval()
    batches = PlannedBatches(*arms()[1], encoder, SETTINGS.chunk_tokens)
    with torch.inference_mode():
        losses = [float(module.loss(batches[step])) for step in range(SETTINGS.validation_batches)]
    assert fitted.best_validation_loss == pytest.approx(sum(losses) / len(losses), rel=1e-5)


def test_a_gradient_that_is_not_finite_is_an_error(tiny, monkeypatch):
    def overflow(self):
        for value in self.parameters():
            value.grad = torch.full_like(value, float("inf"))

    monkeypatch.setattr(BiEncoder, "on_after_backward", overflow)
    for clip in (0.0, 1.0):
        with pytest.raises(LangmixError, match=r"norm of the gradient is (inf|nan) at step 0: .* lower training.l"):
            run(tiny, replace(SETTINGS, gradient_clip=clip))
