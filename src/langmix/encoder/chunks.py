"""Texts encoded together without padding: their tokens stand one after another, and only attention tells texts apart.

Everything of a transformer but attention treats each token by itself, so nothing is computed for padding there; inside
attention, texts of similar length share a padded block.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

_BLOCK_TOKENS = 512  # little padding and still few calls, measured on a CPU
_SHORT = 128  # tokens of a text up to which attention by plain products is faster, likewise
_BLOCKS = 8  # and about so many where a chunk is large, as each costs some calls


class Block(NamedTuple):
    """Texts that attention treats together.

    Attributes:
        texts: How many.
        tokens: Of the longest.
        mask: Where there is a token, bool ``[texts, 1, 1, tokens]``; None where there is one everywhere.
    """

    texts: int
    tokens: int
    mask: Tensor | None


class Chunk(NamedTuple):
    """Texts for one forward pass, longest first.

    Attributes:
        input_ids: Token ids of all texts, ``[tokens]``.
        positions: Place of each token in its text, from 0, ``[tokens]``.
        owners: Which text each token belongs to, ``[tokens]``.
        lengths: Tokens of each text, ``[texts]``.
        into_blocks: Which token stands at each place of the blocks, one block after another, ``[places]``; at places
            for padding the last of the text.
        out_of_blocks: At which of those places each token stands, ``[tokens]``.
        blocks: In the order of the texts.
    """

    input_ids: Tensor
    positions: Tensor
    owners: Tensor
    lengths: Tensor
    into_blocks: Tensor
    out_of_blocks: Tensor
    blocks: list[Block]

    def padded(self, input_ids: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
        """Ids and attention mask ``[texts, tokens]`` of one block after another, as `transformers` has batches.

        Args:
            input_ids: Of the tokens, ``[tokens]``; those of the chunk, or rows for them.
        """
        sizes = [block.texts * block.tokens for block in self.blocks]
        for ids, block in zip(torch.split(input_ids[self.into_blocks], sizes), self.blocks, strict=True):
            rows = ids.view(block.texts, block.tokens)
            yield rows, torch.ones_like(rows) if block.mask is None else block.mask[:, 0, 0].to(rows.dtype)

    @classmethod
    def of(cls, ids: Sequence[Sequence[int]]) -> "Chunk":
        """Pack texts (token ids, longest first)."""
        sizes = [len(row) for row in ids]
        lengths = torch.tensor(sizes, dtype=torch.int64)
        starts = lengths.cumsum(0) - lengths
        owners = torch.repeat_interleave(torch.arange(len(sizes)), lengths)
        positions = torch.arange(len(owners)) - starts[owners]
        blocks, into, out, places = [], [], [], 0
        for group in by_length(sizes, max(_BLOCK_TOKENS, sum(sizes) // _BLOCKS)):
            own = slice(group[0], group[-1] + 1)  # longest first already, so a group is a range
            place = torch.arange(sizes[group[0]])
            there = place < lengths[own, None]
            into.append((starts[own, None] + torch.minimum(place, lengths[own, None] - 1)).flatten())
            out.append(places + there.flatten().nonzero()[:, 0])
            blocks.append(Block(len(group), sizes[group[0]], None if there.all() else there[:, None, None]))
            places += there.numel()
        tokens = torch.tensor([token for row in ids for token in row], dtype=torch.int64)
        return cls(tokens, positions, owners, lengths, torch.cat(into), torch.cat(out), blocks)

    def to(self, device: torch.device) -> "Chunk":
        """The same on another device."""
        blocks = [block._replace(mask=None if block.mask is None else block.mask.to(device)) for block in self.blocks]
        return self._replace(blocks=blocks, **{name: getattr(self, name).to(device) for name in self._fields[:-1]})


class Chunks(NamedTuple):
    """Texts as any number of chunks.

    Attributes:
        parts: The chunks, those with the longest texts first.
        places: Where each text, in its original order, is in the concatenated chunks, ``[texts]``.
    """

    parts: list[Chunk]
    places: Tensor

    @classmethod
    def of(cls, ids: Sequence[Sequence[int]], tokens: int) -> "Chunks":
        """Pack texts (token ids, in any order) in chunks of at most ``tokens`` tokens each."""
        groups = list(in_chunks([len(row) for row in ids], tokens))
        order = torch.tensor([index for group in groups for index in group], dtype=torch.int64)
        places = torch.empty_like(order)
        places[order] = torch.arange(len(order))
        return cls([Chunk.of([ids[index] for index in group]) for group in groups], places)


def in_chunks(lengths: Sequence[int], tokens: int) -> Iterator[list[int]]:
    """Indices of texts in groups of at most ``tokens`` tokens, longest first.

    A text that is longer than that by itself makes a group of its own.
    """
    group: list[int] = []
    size = 0
    for index in sorted(range(len(lengths)), key=lambda index: -lengths[index]):
        if group and size + lengths[index] > tokens:
            yield group
            group, size = [], 0
        group.append(index)
        size += lengths[index]
    if group:
        yield group


def by_length(lengths: Sequence[int], tokens: int) -> Iterator[list[int]]:
    """Indices of texts in groups of similar length, longest first, each at most ``tokens`` tokens with padding.

    A text that is longer than that by itself makes a group of its own.
    """
    order = sorted(range(len(lengths)), key=lambda index: -lengths[index])
    start = 0
    while start < len(order):
        size = max(1, tokens // max(1, lengths[order[start]]))
        yield order[start : start + size]
        start += size


def attention(qkv: Tensor, chunk: Chunk, heads: int, dropout: float, scaling: float | None = None) -> Tensor:
    """Attention of the texts of a chunk, each to itself.

    Args:
        qkv: Queries, keys and values of each token side by side, ``[tokens, 3 hidden]``.
        chunk: Where each token belongs.
        heads: How many the hidden dimensions are split into.
        dropout: Share of the attention weights that is dropped.
        scaling: Factor on the products of queries and keys; None for one over the root of a head's dimensions.

    Returns:
        ``[tokens, hidden]``.
    """
    hidden = qkv.shape[1] // 3
    sizes = [block.texts * block.tokens for block in chunk.blocks]
    attended = []
    for rows, block in zip(torch.split(qkv.index_select(0, chunk.into_blocks), sizes), chunk.blocks, strict=True):
        query, key, value = rows.view(block.texts, block.tokens, 3, heads, -1).permute(2, 0, 3, 1, 4)
        mix = (
            _mixed if block.tokens <= _SHORT and rows.device.type == "cpu" else functional.scaled_dot_product_attention
        )
        mixed = mix(query, key, value, block.mask, dropout, scale=scaling)
        attended.append(mixed.transpose(1, 2).reshape(-1, hidden))
    return torch.cat(attended).index_select(0, chunk.out_of_blocks)


def _mixed(
    query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None, dropout: float, *, scale: float | None
) -> Tensor:
    """Torch's `scaled_dot_product_attention` as two products, which is faster for short texts on a processor."""
    texts, heads, tokens, dim = query.shape
    rows = (texts * heads, tokens, dim)
    nothing = query.new_empty(1, 1, 1)
    scores = torch.baddbmm(nothing, query.reshape(rows), key.reshape(rows).mT, beta=0, alpha=scale or dim**-0.5)
    if mask is not None:
        each = (texts, heads, tokens, tokens)
        scores = scores.view(each).masked_fill_(~mask, float("-inf")).view(-1, tokens, tokens)
    weights = functional.dropout(scores.softmax(-1, dtype=torch.float32), dropout, training=dropout > 0)
    return torch.bmm(weights.to(value.dtype), value.reshape(rows)).view(query.shape)


# cuDNN's attention, which torch prefers for bf16 on new GPUs, prepares itself for each shape anew, and texts without
# padding come in ever new shapes.
torch.backends.cuda.enable_cudnn_sdp(False)
