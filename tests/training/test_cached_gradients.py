"""Cached gradients are the gradients, dropout included, and hold no activations meanwhile."""

import copy
from dataclasses import replace

import torch

from langmix.training.data import PlannedBatches
from langmix.training.module import BiEncoder

from .tiny_run import SETTINGS, arms, run


def loss_of_one_batch(tiny, cache_gradients):
    """The loss with its graph, its module, and the bytes that the graph keeps alive."""
    settings = replace(SETTINGS, cache_gradients=cache_gradients, chunk_tokens=128)
    encoder = copy.deepcopy(tiny)
    batch = PlannedBatches(*arms()[0], encoder, settings.chunk_tokens)[3]
    assert len(batch.texts.parts) > 3
    module = BiEncoder(encoder, settings, seed=0).train()
    assert any(isinstance(part, torch.nn.Dropout) and part.p > 0 for part in module.modules())
    kept = []

    def pack(tensor):
        kept.append(tensor.nbytes)
        return tensor

    torch.manual_seed(5)
    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        loss = module.loss(batch)
    return loss, module, sum(kept)


def test_gradients_are_the_same_with_dropout(tiny):
    (loss, plain, _), (cached_loss, cached, _) = (loss_of_one_batch(tiny, cached) for cached in (False, True))
    assert torch.equal(loss, cached_loss)
    loss.backward()
    torch.rand(100)  # what is drawn between forward and backward pass must not matter
    cached_loss.backward()
    for (name, expected), found in zip(plain.named_parameters(), cached.parameters(), strict=True):
        assert torch.equal(found.grad, expected.grad), name


def test_a_bfloat16_pass_is_repeated_in_bfloat16(tiny):
    with torch.autocast("cpu", torch.bfloat16):
        (loss, plain, _), (cached_loss, cached, _) = (loss_of_one_batch(tiny, cached) for cached in (False, True))
    assert torch.equal(loss, cached_loss)
    loss.backward()
    cached_loss.backward()
    for (name, expected), found in zip(plain.named_parameters(), cached.parameters(), strict=True):
        # Without a cache, autocast sums the chunks' gradients of a weight in bfloat16.
        assert torch.allclose(found.grad, expected.grad, rtol=0, atol=0.02 * float(expected.grad.abs().max())), name


def test_the_forward_pass_keeps_embeddings_only(tiny):
    (_, _, plain), (_, _, cached) = (loss_of_one_batch(tiny, cached) for cached in (False, True))
    assert cached < plain / 100


def test_a_training_run_ends_in_the_same_weights(tiny):
    plain, *_ = run(tiny, replace(SETTINGS, dropout=0.1))
    cached, *_ = run(tiny, replace(SETTINGS, dropout=0.1, cache_gradients=True))
    assert all(torch.equal(a, b) for a, b in zip(plain.parameters(), cached.parameters(), strict=True))
