"""What is trained of a transformer, and that what is kept is a model like any other."""

from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch
from torch import nn

from langmix.encoder import changes
from langmix.encoder.encoder import Encoder
from langmix.errors import LangmixError
from langmix.training.tuning import Full, LastLayers, LoRA

from .test_checkpoints import interrupt_at
from .tiny_run import SETTINGS, run

SHORT = replace(SETTINGS, max_steps=6, validate_every=6)
LINEAR = ("query.weight", "key.weight", "value.weight", "dense.weight")


def state(encoder):
    return {name: value.clone() for name, value in encoder.model.state_dict().items()}


def changed(tiny, tuning, settings=SHORT):
    before, after = state(tiny), state(run(tiny, settings, tuning=tuning)[0])
    assert before.keys() == after.keys()
    return {name: after[name] - before[name] for name in after if not torch.equal(before[name], after[name])}


def test_lora_changes_linear_layers_by_its_rank(tiny):
    found = changed(tiny, LoRA(rank=2))
    assert found.keys() == {name for name in state(tiny) if name.startswith("encoder.layer") and name.endswith(LINEAR)}
    for difference in found.values():
        sizes = torch.linalg.svdvals(difference.double())
        assert sizes[1] > 1e-4
        assert sizes[2] < 1e-6  # what is left by rounding


def test_lora_begins_with_the_backbone_itself(tiny):
    before = tiny.model.encoder.layer[0].attention.self.query
    with torch.no_grad():
        encoder = Encoder.load(tiny.backbone)
        LoRA().begin(encoder.model, 0)
        query = encoder.model.encoder.layer[0].attention.self.query
        assert torch.equal(query.weight, before.weight)
        query.parametrizations.weight[0].up.fill_(1.0)
        down = query.parametrizations.weight[0].down
        torch.testing.assert_close(query.weight, before.weight + 2.0 * down.sum(dim=0))


def test_last_layers_change_and_no_other(tiny):
    assert {name.split(".")[2] for name in changed(tiny, LastLayers(layers=1))} == {"1"}
    assert {name.split(".")[0] for name in changed(tiny, Full())} == {"embeddings", "encoder"}


@pytest.mark.parametrize("tuning", [LoRA(rank=2), LastLayers(layers=1)])
def test_a_trimmed_vocabulary_gives_the_same_weights_and_no_decay(tiny, tuning):
    whole = state(run(tiny, SHORT, tuning=tuning)[0])
    trimmed, fitted, _ = run(tiny, replace(SHORT, trim_vocabulary=True), tuning=tuning)
    for name, value in state(trimmed).items():
        torch.testing.assert_close(value, whole[name], rtol=0, atol=1e-6)
    assert fitted.decay == 1.0
    words = "embeddings.word_embeddings.weight"
    assert torch.equal(state(trimmed)[words], state(tiny)[words])
    assert all(weight.requires_grad for weight in trimmed.model.parameters())


def test_what_is_kept_makes_the_trained_model_again(tiny, tmp_path):
    trained, fitted, _ = run(tiny, SHORT, tuning=LoRA(rank=2))
    changes.write(trained.model, Encoder.load(tiny.backbone).model, fitted.decay, "origin", tmp_path / changes.FILE)
    again = Encoder.load(tiny.backbone).model
    changes.apply(again, "origin", tmp_path / changes.FILE)
    assert all(torch.equal(value, again.state_dict()[name]) for name, value in state(trained).items())


def test_an_interrupted_training_ends_with_the_same_bits(tiny, tmp_path, monkeypatch):
    settings = replace(SETTINGS, checkpoint_every=3)
    expected = state(run(tiny, settings, tuning=LoRA(rank=2))[0])
    with monkeypatch.context() as patch:
        interrupt_at(patch, 5)
        with pytest.raises(InterruptedError):
            run(tiny, settings, tuning=LoRA(rank=2), checkpoints=tmp_path)
    found = state(run(tiny, settings, tuning=LoRA(rank=2), checkpoints=tmp_path)[0])
    assert all(torch.equal(found[name], value) for name, value in expected.items())


class WithoutLayers(nn.Module):
    config = SimpleNamespace(model_type="ngrams")


@pytest.mark.parametrize(
    ("begin", "line"),
    [
        (lambda _: LoRA(rank=0), "tuning.rank=0: must be a whole number from 1"),
        (lambda _: LoRA(alpha=0), "tuning.alpha=0: must be greater than 0"),
        (
            lambda tiny: LastLayers(layers=3).begin(Encoder.load(tiny.backbone).model, 0),
            "tuning.layers=3: must be from 0 to the model's 2 layers",
        ),
        (
            lambda tiny: LastLayers(layers=0).begin(Encoder.load(tiny.backbone).model, 0),
            "tuning.layers=0: a bert has nothing after its layers",
        ),
        (
            lambda _: LoRA().begin(WithoutLayers(), 0),
            "tuning=lora: a ngrams has no layers one after another; use tuning=full",
        ),
    ],
)
def test_wrong_options_are_refused(tiny, begin, line):
    with pytest.raises(LangmixError) as raised:
        begin(tiny)
    assert str(raised.value) == line
