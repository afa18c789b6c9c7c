"""How a bi-encoder is fine-tuned, and where."""

import math
from dataclasses import dataclass

from langmix.errors import LangmixError

LOWEST_TEMPERATURE = 0.01
"""Bound of a learned temperature, CLIP's (Radford et al. 2021, arXiv 2103.00020, section 2.5)."""

_POSITIVE = (
    "max_steps",
    "batch_size",
    "learning_rate",
    "temperature",
    "validate_every",
    "validation_batches",
    "chunk_tokens",
    "devices",
    "nodes",
)
_SHARES = ("warmup_share", "dropout")
_NOT_NEGATIVE = ("weight_decay", "gradient_clip", "patience", "workers", "checkpoint_every")
_WORDS = {"precision": ("fp32", "bf16"), "monitor": ("loss", "map")}


@dataclass(frozen=True)
class Settings:
    """Hyper-parameters of a training run.

    Attributes:
        max_steps: Optimiser steps.
        batch_size: Pairs per step, over all processes.
        learning_rate: Peak, reached after the warm-up, then falling linearly to 0.
        warmup_share: Share of the steps over which the rate rises linearly from 0.
        weight_decay: AdamW's, on weight matrices (not on biases and normalisation).
        temperature: Of the contrastive loss; where it starts if it is learned.
        learn_temperature: Train the temperature's logarithm along with the weights, without weight decay; it does not
            fall below `LOWEST_TEMPERATURE`. Validation keeps to `temperature`, so that its losses can be compared.
        dropout: Of the transformer, in place of its own.
        gradient_clip: Greatest norm of the whole gradient; 0 for none.
        precision: Arithmetic of the transformer, "fp32" or "bf16" (autocast); weights, loss and optimiser are fp32.
        validate_every: Steps between validations; the weights that are best by `monitor` are kept.
        validation_batches: Batches per validation, the same ones every time.
        monitor: What the best weights have: "loss", the lowest validation loss, or "map", the highest pooled mAP on
            the held-out collection.
        patience: Validations in a row without better weights after which training ends; 0 for never.
        chunk_tokens: Texts of a batch are encoded in chunks of so many tokens, without padding.
        cache_gradients: Hold the activations of one such chunk at a time, for one more forward pass; the result is the
            same, and the batch can be as large as one likes.
        trim_vocabulary: Hold only the word embeddings that occur in training; the result is the same.
        deterministic: Refuse operations without a deterministic implementation.
        accelerator: Lightning's ("auto", "cpu", "gpu", ...).
        devices: Processes per node that share each batch, one per GPU.
        nodes: Machines that share each batch.
        workers: Processes that prepare batches; 0 prepares them in the training process.
        checkpoint_every: Steps between checkpoints, from which an interrupted training goes on; 0 for none.
    """

    max_steps: int
    batch_size: int
    learning_rate: float
    warmup_share: float
    weight_decay: float
    temperature: float
    learn_temperature: bool
    dropout: float
    gradient_clip: float
    precision: str
    validate_every: int
    validation_batches: int
    monitor: str
    patience: int
    chunk_tokens: int
    cache_gradients: bool
    trim_vocabulary: bool
    deterministic: bool
    accelerator: str
    devices: int
    nodes: int
    workers: int
    checkpoint_every: int

    def __post_init__(self) -> None:
        self._check_ranges()
        if self.max_steps % self.validate_every:
            raise LangmixError(
                f"training.validate_every={self.validate_every}: must divide training.max_steps={self.max_steps}, "
                "so that the last weights are validated too"
            )
        if self.batch_size < self.processes:
            raise LangmixError(
                f"training.batch_size={self.batch_size}: must give each of the {self.processes} processes "
                "(training.devices x training.nodes) a pair"
            )

    def _check_ranges(self) -> None:
        for key in _POSITIVE:
            if not getattr(self, key) > 0:
                raise LangmixError(f"training.{key}={getattr(self, key):g}: must be greater than 0")
        for key in _SHARES:
            if not 0 <= getattr(self, key) <= 1:
                raise LangmixError(f"training.{key}={getattr(self, key):g}: must be a share, from 0 to 1")
        for key in _NOT_NEGATIVE:
            if not getattr(self, key) >= 0:
                raise LangmixError(f"training.{key}={getattr(self, key):g}: must not be negative")
        for key, known in _WORDS.items():
            if getattr(self, key) not in known:
                raise LangmixError(f"training.{key}={getattr(self, key)}: must be {' or '.join(known)}")

    @property
    def processes(self) -> int:
        """How many processes share each batch."""
        return self.devices * self.nodes

    def rate(self, step: int) -> float:
        """Learning rate of optimiser step ``step``, from 0, as a share of the peak."""
        warmup = max(1, round(self.warmup_share * self.max_steps))
        return min((step + 1) / warmup, (self.max_steps - step) / max(1, self.max_steps - warmup))

    def decay(self, steps: int) -> float:
        """What the first ``steps`` steps of AdamW multiply a weight by that never gets a gradient."""
        rates = (self.learning_rate * self.rate(step) for step in range(steps))
        return math.prod(1 - rate * self.weight_decay for rate in rates)
