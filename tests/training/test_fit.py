"""A whole small training run: what comes out is reproducible, best by validation, and the same with fewer rows."""

import copy
from dataclasses import replace

import pytest
import torch

from langmix.encoder.chunks import Chunks
from langmix.encoder.vocabulary import TrimmedVocabulary
from langmix.errors import LangmixError
from langmix.training.data import ParallelData, PlannedBatches

from .tiny_run import SETTINGS, arms, run


def test_the_weights_of_the_lowest_validation_loss_are_kept(tiny):
    encoder, fitted, history = run(tiny, SETTINGS)
    losses = {step: figures["validation/loss"] for step, figures in history if "validation/loss" in figures}
    assert sorted(losses) == [3, 6, 9, 12]
    assert fitted.best_validation_loss == min(losses.values())
    assert fitted.best_step == min(losses, key=losses.get)
    assert not encoder.training
    assert [step for step, figures in history if "train/loss" in figures] == list(range(1, 13))


def test_learning_happens(tiny):
    _, _, history = run(tiny, replace(SETTINGS, learning_rate=1e-3, max_steps=90, validate_every=30))
    losses = [figures["validation/loss"] for _, figures in history if "validation/loss" in figures]
    assert losses[-1] < losses[0]


def test_same_seed_same_weights_and_another_seed_others(tiny):
    settings = replace(SETTINGS, dropout=0.2)
    (first, *_), (again, *_), (other, *_) = run(tiny, settings), run(tiny, settings), run(tiny, settings, seed=4)
    same = [torch.equal(a, b) for a, b in zip(first.parameters(), again.parameters(), strict=True)]
    assert all(same)
    assert not all(torch.equal(a, b) for a, b in zip(first.parameters(), other.parameters(), strict=True))


def test_a_trimmed_vocabulary_trains_to_the_same_weights(tiny):
    whole, _, whole_history = run(tiny, SETTINGS)
    trimmed, _, trimmed_history = run(tiny, replace(SETTINGS, trim_vocabulary=True))
    for (step, expected), (other, found) in zip(whole_history, trimmed_history, strict=True):
        assert step == other
        assert found == pytest.approx(expected, rel=1e-5)
    for (name, expected), found in zip(whole.named_parameters(), trimmed.parameters(), strict=True):
        assert torch.allclose(found, expected, rtol=1e-4, atol=1e-6), name
    untouched = trimmed.model.get_input_embeddings().weight[-1]
    before = tiny.model.get_input_embeddings().weight[-1]
    assert untouched.norm() < 0.999 * before.norm()  # weight decay reached rows that no text uses


def test_trimming_drops_rows(tiny):
    encoder = copy.deepcopy(tiny)
    used = ParallelData(*arms(), encoder, SETTINGS).tokens_used()
    trimmed = TrimmedVocabulary(encoder, used)
    rows = encoder.model.get_input_embeddings().weight.shape[0]
    assert len(trimmed) == rows < tiny.model.get_input_embeddings().weight.shape[0]
    ids = encoder.tokenize(["What is the currency of Kenya?"], "query")
    assert torch.allclose(encoder.embed(Chunks.of(ids, 64)), tiny.embed(Chunks.of(ids, 64)), atol=1e-6)


def test_chunks_embed_like_one_padded_batch_in_order(tiny):
    texts = ["a", "a much longer text than the others are", "mid length text", "b"]
    ids = tiny.tokenize(texts, "passage")
    padded = tiny.tokenizer.pad({"input_ids": ids}, return_tensors="pt")
    hidden, mask = tiny.model(**padded).last_hidden_state, padded["attention_mask"][:, :, None]
    whole = torch.nn.functional.normalize((hidden * mask).sum(dim=1) / mask.sum(dim=1), dim=1)
    for tokens in (1, 20, 60, 10_000):
        assert torch.allclose(tiny.embed(Chunks.of(ids, tokens)), whole, atol=1e-6)


def test_batches_do_not_depend_on_the_process_layout(tiny):
    corpus, sampler = arms()[0]
    whole = PlannedBatches(corpus, sampler, tiny, 512)[5]
    shares = [PlannedBatches(corpus, sampler, tiny, 512, rank, 2)[5] for rank in (0, 1)]
    assert torch.equal(torch.cat([share.masked for share in shares]), whole.masked)
    together = torch.cat([tiny.embed(share.texts)[: len(share.masked)] for share in shares])
    assert torch.allclose(together, tiny.embed(whole.texts)[: len(whole.masked)], atol=1e-6)


def test_a_diverged_run_is_an_error(tiny):
    with pytest.raises(LangmixError, match=r"training loss is nan at step \d+: the run has diverged; lower"):
        run(tiny, replace(SETTINGS, learning_rate=1e30, gradient_clip=0.0))


def test_weights_that_are_of_no_use_are_an_error_without_a_further_step(tiny):
    with pytest.raises(LangmixError, match=r"validation loss is nan at step 1: the run has diverged; lower"):
        run(tiny, replace(SETTINGS, learning_rate=1e30, gradient_clip=0.0, max_steps=1, validate_every=1))


def test_schedule():
    assert [round(SETTINGS.rate(step), 3) for step in (0, 2, 3, 11)] == [0.333, 1.0, 1.0, 0.111]
    assert SETTINGS.decay(0) == 1
    assert SETTINGS.decay(1) == pytest.approx(1 - 1e-2 / 3 * 0.5)
