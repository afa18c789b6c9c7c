"""How a bi-encoder is fine-tuned; everything here but the last group decides the weights that come out."""

import math
from dataclasses import dataclass, fields

from langmix.errors import LangmixError


@dataclass(frozen=True)
class Settings:
    """Hyper-parameters of a training run.

    Attributes:
        max_steps: Optimiser steps.
        batch_size: Pairs per step, over all processes.
        learning_rate: Peak, reached after the warm-up, then falling linearly to 0.
        warmup_share: Share of the steps over which the rate rises linearly from 0.
        weight_decay: AdamW's, on weight matrices (not on biases and normalisation).
        temperature: Of the contrastive loss.
        dropout: Of the transformer, in place of its own.
        gradient_clip: Greatest norm of the whole gradient; 0 for none.
        precision: Arithmetic of the transformer, "fp32" or "bf16" (autocast); weights, loss and optimiser are fp32.
        validate_every: Steps between validations; the weights with the lowest validation loss are kept.
        validation_batches: Batches per validation, the same ones every time.
        chunk_tokens: Texts of a batch are encoded in groups of similar length, of so many tokens.
        trim_vocabulary: Hold only the word embeddings that occur in training; the result is the same.
        deterministic: Refuse operations without a deterministic implementation.
        accelerator: Lightning's ("auto", "cpu", "gpu", ...).
        workers: Processes that prepare batches; 0 prepares them in the training process.
    """

    max_steps: int
    batch_size: int
    learning_rate: float
    warmup_share: float
    weight_decay: float
    temperature: float
    dropout: float
    gradient_clip: float
    precision: str
    validate_every: int
    validation_batches: int
    chunk_tokens: int
    trim_vocabulary: bool
    deterministic: bool
    accelerator: str
    workers: int

    def __post_init__(self) -> None:
        for field in fields(self):
            _check_type(field.name, getattr(self, field.name), field.type)
        positive = (
            "max_steps",
            "batch_size",
            "learning_rate",
            "temperature",
            "validate_every",
            "validation_batches",
            "chunk_tokens",
        )
        for key in positive:
            if not getattr(self, key) > 0:
                raise LangmixError(f"training.{key}={getattr(self, key)}: must be greater than 0")
        for key in ("warmup_share", "dropout"):
            if not 0 <= getattr(self, key) <= 1:
                raise LangmixError(f"training.{key}={getattr(self, key)}: must be a share, from 0 to 1")
        for key in ("weight_decay", "gradient_clip", "workers"):
            if not getattr(self, key) >= 0:
                raise LangmixError(f"training.{key}={getattr(self, key)}: must not be negative")
        if self.max_steps % self.validate_every:
            raise LangmixError(
                f"training.validate_every={self.validate_every}: must divide training.max_steps={self.max_steps}, "
                "so that the last weights are validated too"
            )
        if self.precision not in {"fp32", "bf16"}:
            raise LangmixError(f"training.precision={self.precision}: must be fp32 or bf16")

    def rate(self, step: int) -> float:
        """Learning rate of optimiser step ``step``, from 0, as a share of the peak."""
        warmup = max(1, round(self.warmup_share * self.max_steps))
        return min((step + 1) / warmup, (self.max_steps - step) / max(1, self.max_steps - warmup))

    def decay(self, steps: int) -> float:
        """What the first ``steps`` steps of AdamW multiply a weight by that never gets a gradient."""
        rates = (self.learning_rate * self.rate(step) for step in range(steps))
        return math.prod(1 - rate * self.weight_decay for rate in rates)


def _check_type(key: str, value: object, wanted: object) -> None:
    accepted = (int, float) if wanted is float else wanted
    # A bool is an int to Python, never to a reader of a configuration.
    fits = isinstance(value, accepted) and isinstance(value, bool) == (wanted is bool)  # type: ignore[arg-type]
    if not fits:
        name = {int: "a whole number", float: "a number", bool: "true or false", str: "a word"}[wanted]  # type: ignore[index]
        raise LangmixError(f"training.{key}={value}: must be {name}")
