"""Texts of similar length encoded together, so that next to nothing of a forward pass is padding."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from torch import Tensor


class Chunks(NamedTuple):
    """Texts as padded tensors, longest first.

    Attributes:
        input_ids: One tensor of token ids per chunk, ``[texts in chunk, tokens]``.
        masks: 1 where there is a token, shaped as `input_ids`.
        places: Where each text, in its original order, is in the concatenated chunks, ``[texts]``.
    """

    input_ids: list[Tensor]
    masks: list[Tensor]
    places: Tensor


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
