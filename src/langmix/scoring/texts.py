"""Texts to embeddings, by an encoder in hand or by a backbone whose embeddings are kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from langmix.hardware import has_gpu

if TYPE_CHECKING:
    from langmix.encoder.backbone import Backbone
    from langmix.encoder.encoder import Encoder
    from langmix.encoder.product import ProductName
    from langmix.encoder.speed import Precision
    from langmix.scoring.scores import Embeddings


_FORMAT = 2  # raised when the same texts come to have other embeddings


class TextEncoder(Protocol):
    """Whatever gives texts their embeddings: any model, from anywhere."""

    def __call__(self, texts: Sequence[str], side: Literal["query", "passage"]) -> "Embeddings":
        """Embeddings ``[texts, dim]`` in fp32, whose inner products are the scores."""


@dataclass(frozen=True)
class LoadedEncoder:
    """An encoder in memory, as it is at each call.

    Attributes:
        encoder: Model and tokeniser.
        precision: Arithmetic of the encoder, as in `encode`.
        batch_tokens: Tokens per forward pass.
    """

    encoder: "Encoder"
    precision: "Precision" = "fp32"
    batch_tokens: int = 2048

    def __call__(self, texts: Sequence[str], side: Literal["query", "passage"]) -> "Embeddings":
        """Embeddings ``[texts, dim]`` of unit length."""
        from langmix.scoring.encode import encode

        return encode(self.encoder, texts, side, self.precision, self.batch_tokens)


class KeptEmbeddings:
    """Embeddings of a backbone, kept in the store; the model is loaded only if some are not there.

    Args:
        backbone: What encodes.
        precision: Arithmetic of the encoder, as in `encode`.
        batch_tokens: Tokens per forward pass.
        product: How tokens are multiplied with weights on a processor.
        folder: Where embeddings are kept.
        gib: How much space they may take there, in GiB.
    """

    def __init__(
        self,
        backbone: "Backbone",
        precision: "Precision",
        batch_tokens: int,
        product: "ProductName",
        folder: Path,
        gib: float,
    ) -> None:
        from langmix.scoring.cache import EmbeddingCache

        self._backbone = backbone
        self._precision = precision
        self._batch_tokens = batch_tokens
        self._product = product
        self._cache = EmbeddingCache(folder, int(gib * 2**30))

    def __call__(self, texts: Sequence[str], side: Literal["query", "passage"]) -> "Embeddings":
        """Embeddings ``[texts, dim]`` of unit length."""
        from langmix.scoring.encode import encode

        precision, tokens = self._precision, self._batch_tokens
        device = "cuda" if has_gpu() else "cpu"
        # The last bits depend on the arithmetic and on which texts share a batch, so these are part of the identity.
        how = {"side": side, "precision": precision, "batch_tokens": tokens, "device": device, "format": _FORMAT}
        if device == "cpu":
            how["product"] = self._product
        identity = {**self._backbone.identity, **how, "torch": version("torch").partition("+")[0]}
        return self._cache.get(
            identity, texts, lambda some: encode(self._encoder.to(device), some, side, precision, tokens)
        )

    @cached_property
    def _encoder(self) -> "Encoder":
        from langmix.encoder.encoder import Encoder

        return Encoder.load(self._backbone, product=self._product)
