"""The layers of BERT and its kin, for texts that stand one after another, in few passes over memory.

What comes out is what `transformers` computes, and is held against it whenever a model is loaded. Queries, keys and
values are one product here, GELU and the residual connection part of the products before them where the product can do
that, and weights are cast once instead of at each use.
"""

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import PreTrainedModel

from langmix.encoder.chunks import Chunk, attention
from langmix.encoder.product import Product

_KIN = ("bert", "roberta", "xlm-roberta")


class Dense(NamedTuple):
    """A linear layer: weight ``[out, in]`` and bias ``[out]``."""

    weight: Tensor
    bias: Tensor


class Norm(NamedTuple):
    """A layer normalisation: weight and bias ``[hidden]``, and what keeps its divisor from 0."""

    weight: Tensor
    bias: Tensor
    eps: float

    def __call__(self, rows: Tensor) -> Tensor:
        """Normalise each of ``rows [tokens, hidden]``."""
        return functional.layer_norm(rows, rows.shape[-1:], *self)


class Layer(NamedTuple):
    """One layer, its weights in the type they are multiplied in.

    Attributes:
        qkv: Queries, keys and values, below one another: weight ``[3 hidden, hidden]``.
        out: After attention.
        out_norm: After that.
        up: Into the feed-forward network.
        down: Out of it.
        down_norm: After that.
        dropout: Of attention weights, and of what ``out`` and ``down`` give, in this order.
    """

    qkv: Dense
    out: Dense
    out_norm: Norm
    up: Dense
    down: Dense
    down_norm: Norm
    dropout: tuple[float, float, float]


def has_layers(model: PreTrainedModel) -> bool:
    """Whether `Layers` does what the model does."""
    config = model.config
    return config.model_type in _KIN and config.hidden_act == "gelu" and not config.is_decoder


class Layers(NamedTuple):
    """Weights of a model, ready to multiply with.

    Attributes:
        embeddings: The module that they come before.
        layers: From the first to the last.
        heads: Of attention.
        dtype: Type of the products.
        product: How they are computed.
    """

    embeddings: Any
    layers: list[Layer]
    heads: int
    dtype: torch.dtype
    product: Product

    @classmethod
    def of(cls, model: PreTrainedModel, dtype: torch.dtype, product: Product) -> "Layers":
        """The weights as they are now, with the gradient that they have."""

        def dense(*modules: nn.Linear) -> Dense:
            weights: list[Tensor] = [module.weight for module in modules]
            biases: list[Tensor] = [module.bias for module in modules]
            weight, bias = (torch.cat(parts) if len(parts) > 1 else parts[0] for parts in (weights, biases))
            return Dense(product.ready(weight.to(dtype)), bias.to(dtype))

        def norm(module: nn.LayerNorm) -> Norm:
            return Norm(module.weight.float(), module.bias.float(), module.eps)

        layers = []
        modules: Any = model.get_submodule("encoder.layer")
        for layer in modules:
            own, out, down = layer.attention.self, layer.attention.output, layer.output
            layers.append(
                Layer(
                    qkv=dense(own.query, own.key, own.value),
                    out=dense(out.dense),
                    out_norm=norm(out.LayerNorm),
                    up=dense(layer.intermediate.dense),
                    down=dense(down.dense),
                    down_norm=norm(down.LayerNorm),
                    dropout=(own.dropout.p, out.dropout.p, down.dropout.p) if model.training else (0.0, 0.0, 0.0),
                )
            )
        return cls(model.embeddings, layers, model.config.num_attention_heads, dtype, product)

    def __call__(self, input_ids: Tensor, positions: Tensor, chunk: Chunk) -> Tensor:
        """Last hidden states ``[tokens, hidden]``.

        Args:
            input_ids: Rows of the word embedding, ``[tokens]``.
            positions: Rows of the position embedding, ``[tokens]``.
            chunk: Which token belongs to which text.
        """
        # Between the layers, training keeps fp32, as autocast does; so does a GPU, which normalises in one type.
        between = self.dtype if input_ids.device.type == "cpu" and not torch.is_grad_enabled() else torch.float32
        hidden: Tensor = self.embeddings(input_ids=input_ids[None], position_ids=positions[None])[0].to(between)
        for layer in self.layers:
            hidden = self._layer(layer, hidden, chunk)
        return hidden

    def _layer(self, layer: Layer, hidden: Tensor, chunk: Chunk) -> Tensor:
        of_attention, of_out, of_down = layer.dropout
        qkv = self.product.linear(hidden.to(self.dtype), *layer.qkv)
        # Attention is few products, whose sums keep fp32 in training; a GPU's own attention does that by itself.
        if qkv.device.type == "cpu" and torch.is_grad_enabled():
            qkv = qkv.float()
        mixed = attention(qkv, chunk, self.heads, of_attention).to(self.dtype)
        hidden = layer.out_norm(self._added(mixed, layer.out, hidden, of_out))
        inner = self.product.gelu(hidden.to(self.dtype), *layer.up)
        return layer.down_norm(self._added(inner, layer.down, hidden, of_down))

    def _added(self, rows: Tensor, dense: Dense, to: Tensor, dropout: float) -> Tensor:
        if dropout:
            return to + functional.dropout(self.product.linear(rows, *dense), dropout)
        return self.product.added(rows, *dense, to)
