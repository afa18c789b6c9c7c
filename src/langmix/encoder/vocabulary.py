"""Training with only those rows of the word embedding that can receive a gradient."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import nn

from langmix.encoder.encoder import Encoder


class TrimmedVocabulary:
    """Replaces an encoder's word embedding by the rows of the tokens it will see, until `restore`.

    A multilingual vocabulary holds a quarter of a million rows, of which a training corpus uses a few percent; the
    others get a gradient of zero, so all that an optimiser ever does to them is weight decay. Leaving them out saves
    their gradient and their optimiser state, and changes nothing else.

    Args:
        encoder: Changed in place.
        tokens: Ids that may occur, in any order.
    """

    def __init__(self, encoder: Encoder, tokens: set[int]) -> None:
        self._encoder = encoder
        self._full = _word_embedding(encoder)
        rows, dim = self._full.weight.shape
        pad = int(encoder.tokenizer.pad_token_id)
        # The padding's row gets no gradient, so it must keep its place.
        kept = np.array(sorted(tokens | set(range(pad + 1))))
        self._kept = torch.from_numpy(kept)
        small = nn.Embedding(len(kept), dim, padding_idx=self._full.padding_idx)
        small.weight = nn.Parameter(self._full.weight.detach()[self._kept].clone())
        encoder.model.set_input_embeddings(small)
        row_of = torch.full((rows,), -1, dtype=torch.int64)  # an id that was left out fails at once as an index
        row_of[self._kept] = torch.arange(len(kept))
        encoder.row_of_token = row_of

    def __len__(self) -> int:
        return len(self._kept)

    def restore(self, decay: float) -> None:
        """Put the whole embedding back, with the trained rows in it.

        Args:
            decay: What weight decay would have multiplied an untouched row by, see `Settings.decay`.
        """
        trained = _word_embedding(self._encoder).weight.detach()
        with torch.no_grad():
            self._full.weight.mul_(decay)
            self._full.weight[self._kept] = trained.to(self._full.weight.device)
        self._encoder.model.set_input_embeddings(self._full)
        self._encoder.row_of_token = None

    @contextmanager
    def whole(self, decay: float) -> Iterator[None]:
        """Let the encoder have a copy of the whole embedding, as `restore` would leave it, while the block runs.

        Args:
            decay: As for `restore`.
        """
        small, row_of = _word_embedding(self._encoder), self._encoder.row_of_token
        with torch.no_grad():
            weight = (self._full.weight * decay).to(small.weight.device)
            weight[self._kept.to(weight.device)] = small.weight
        rows, dim = weight.shape
        copy = nn.Embedding(rows, dim, padding_idx=self._full.padding_idx, _weight=weight)
        self._encoder.model.set_input_embeddings(copy)
        self._encoder.row_of_token = None
        try:
            yield
        finally:
            self._encoder.model.set_input_embeddings(small)
            self._encoder.row_of_token = row_of


def _word_embedding(encoder: Encoder) -> nn.Embedding:
    embedding = encoder.model.get_input_embeddings()
    if not isinstance(embedding, nn.Embedding):
        raise TypeError(f"word embedding is a {type(embedding).__name__}, not a table of rows")
    return embedding
