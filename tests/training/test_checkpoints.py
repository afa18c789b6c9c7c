"""An interrupted run goes on from its last checkpoint to the weights of an uninterrupted one."""

from dataclasses import replace

import pytest
import torch

from .tiny_run import SETTINGS, run

# Dropout, an early stop's counter and a trimmed vocabulary are all part of the state.
RESUMABLE = replace(SETTINGS, checkpoint_every=2, dropout=0.2, patience=3, trim_vocabulary=True)


def interrupt_at(monkeypatch, step):
    """End the run with an error before a step is trained."""
    from langmix.training.module import BiEncoder

    trained = BiEncoder.training_step

    def training_step(self, batch, batch_idx):
        if self.global_step == step:
            raise InterruptedError
        return trained(self, batch, batch_idx)

    monkeypatch.setattr(BiEncoder, "training_step", training_step)


@pytest.fixture(scope="module")
def uninterrupted(tiny):
    return run(tiny, RESUMABLE)


def same_weights(first, second):
    pairs = zip(first.parameters(), second.parameters(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


@pytest.mark.parametrize("steps", [(1,), (2,), (5,), (6,), (7, 9), (3, 4, 11)])
def test_the_weights_are_those_of_an_uninterrupted_run(tiny, tmp_path, monkeypatch, uninterrupted, steps):
    expected, fitted, history = uninterrupted
    for step in steps:
        with monkeypatch.context() as patch:
            interrupt_at(patch, step)
            with pytest.raises(InterruptedError):
                run(tiny, RESUMABLE, checkpoints=tmp_path / "run")
        found = [path.name.split(".")[0] for path in (tmp_path / "run").glob("*")]
        assert found == ([f"step-{step // 2 * 2}"] if step > 1 else [])
    encoder, resumed, rest = run(tiny, RESUMABLE, checkpoints=tmp_path / "run")
    assert same_weights(encoder, expected)
    assert resumed == fitted
    assert rest == [(step, figures) for step, figures in history if step > steps[-1] // 2 * 2]
