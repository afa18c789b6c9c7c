"""BERT's layers, written plainly, are those of `transformers`, whatever multiplies."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional
from transformers import AutoModel, BertConfig, RobertaConfig, XLMRobertaConfig

from langmix.encoder.chunks import Chunk
from langmix.encoder.layers import Layers, has_layers
from langmix.encoder.product import OneDnn, Usual, has_onednn, products

PRODUCTS = ["torch", "onednn"]
CPU = torch.device("cpu")


def model(kind=BertConfig, **changes):
    torch.manual_seed(0)
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
    config = kind(**sizes, pad_token_id=1, vocab_size=100, max_position_embeddings=300, **changes)
    made = AutoModel.from_config(config).eval()
    for module in made.modules():
        if isinstance(module, nn.Linear | nn.LayerNorm):  # biases begin as zeros, which would hide one that is lost
            nn.init.normal_(module.bias, std=0.1)
    return made


def chunk(*lengths):
    rng = np.random.default_rng(0)
    return Chunk.of([rng.integers(5, 90, length).tolist() for length in lengths])


def plainly(layers, texts):
    return layers(texts.input_ids, texts.positions + 2, texts)


def theirs(transformer, texts):
    blocks = [
        transformer(input_ids=ids, attention_mask=mask, position_ids=positions).last_hidden_state.flatten(0, 1)
        for (ids, mask), (positions, _) in zip(
            texts.padded(texts.input_ids), texts.padded(texts.positions + 2), strict=True
        )
    ]
    return torch.cat(blocks)[texts.out_of_blocks]


@pytest.mark.parametrize("product", PRODUCTS)
@pytest.mark.parametrize("kind", [BertConfig, RobertaConfig, XLMRobertaConfig])
def test_hidden_states_are_theirs(kind, product):
    transformer, texts = model(kind), chunk(200, 40, 40, 7, 1)
    with torch.inference_mode():
        found = plainly(Layers.of(transformer, torch.float32, products(product, CPU)), texts)
        torch.testing.assert_close(found, theirs(transformer, texts), atol=1e-5, rtol=0)


@pytest.mark.parametrize("product", PRODUCTS)
def test_every_weight_gets_their_gradient(product):
    transformer, texts = model(), chunk(150, 20, 6, 5)
    towards = torch.randn(len(texts.input_ids), 32, generator=torch.Generator().manual_seed(1))

    def gradients(run):
        transformer.zero_grad()
        (run() * towards).sum().backward()
        return {name: weight.grad.clone() for name, weight in transformer.named_parameters() if weight.grad is not None}

    expected = gradients(lambda: theirs(transformer, texts))
    found = gradients(lambda: plainly(Layers.of(transformer, torch.float32, products(product, CPU)), texts))
    assert found.keys() == expected.keys()
    for name, gradient in found.items():
        torch.testing.assert_close(gradient, expected[name], atol=2e-5, rtol=1e-4, msg=name)


@pytest.mark.parametrize("product", PRODUCTS)
def test_bf16_is_near_fp32_with_and_without_a_gradient(product):
    transformer, texts = model(), chunk(150, 20, 6, 5)
    exact = theirs(transformer, texts)
    for gradient in (True, False):
        with torch.set_grad_enabled(gradient):
            found = plainly(Layers.of(transformer, torch.bfloat16, products(product, CPU)), texts)
        assert found.dtype == (torch.float32 if gradient else torch.bfloat16)
        assert functional.cosine_similarity(found.float(), exact, dim=1).min() > 0.999


def test_dropout_is_drawn_in_training_only():
    transformer, texts = model(hidden_dropout_prob=0.5, attention_probs_dropout_prob=0.5), chunk(20, 6)
    looks = []
    for training in (False, False, True, True):
        layers = Layers.of(transformer.train(training), torch.float32, Usual())
        looks.append(plainly(layers, texts).detach())
    assert torch.equal(looks[0], looks[1])
    assert not torch.equal(looks[0], looks[2])
    assert not torch.equal(looks[2], looks[3])


@pytest.mark.parametrize("changes", [{"hidden_act": "relu"}, {"is_decoder": True}])
def test_other_architectures_are_left_to_transformers(changes):
    assert has_layers(model())
    assert not has_layers(model(**changes))


@settings(max_examples=30)
@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 40), st.integers(0, 9))
def test_onednn_multiplies_and_derives_as_torch_does(tokens, inner, outer, seed):
    generator = torch.Generator().manual_seed(seed)
    sizes = ((tokens, inner), (outer, inner), (outer,), (tokens, outer))
    rows, weight, bias, to = (torch.randn(size, generator=generator, requires_grad=True) for size in sizes)
    for run in ("linear", "gelu", "added"):
        more = (to,) if run == "added" else ()
        results = []
        for product in (Usual(), OneDnn()):
            found = getattr(product, run)(rows, weight, bias, *more)
            results.append((found, *torch.autograd.grad(found.square().sum(), (rows, weight, bias))))
        with torch.no_grad():
            results.append((getattr(OneDnn(), run)(rows, OneDnn().ready(weight), bias, *more),))
        for result in results[1:]:
            for value, expected in zip(result, results[0], strict=False):
                torch.testing.assert_close(value, expected, atol=1e-3, rtol=1e-4)


def test_a_torch_without_the_operators_is_told(monkeypatch):
    assert has_onednn()
    monkeypatch.setattr(OneDnn, "ready", lambda *_: torch.ops.mkldnn.no_such_operator())
    assert not has_onednn()


def test_a_gpu_multiplies_by_itself():
    assert isinstance(products("onednn", torch.device("cuda")), Usual)
    assert isinstance(products("onednn", CPU), OneDnn)
