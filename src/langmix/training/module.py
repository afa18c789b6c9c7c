"""The bi-encoder as a Lightning module."""

import math
from typing import Any

import lightning.pytorch as pl
import numpy as np
import torch
from torch import Tensor, nn

from langmix.encoder.encoder import Encoder
from langmix.errors import LangmixError
from langmix.losses import Embedded, InfoNCE, Loss
from langmix.losses.loss import Taught
from langmix.training.data import Batch
from langmix.training.gather import gathered
from langmix.training.settings import LOWEST_TEMPERATURE, Settings

_INFO_NCE = InfoNCE()


class DivergenceError(LangmixError):
    """A loss or a gradient is not finite: no later step can put that right."""


class BiEncoder(pl.LightningModule):
    """One encoder for queries and passages, trained with the negatives of the whole batch.

    Args:
        encoder: Trained in place.
        settings: Hyper-parameters.
        seed: Of dropout.
        loss: What is minimised.
        teacher: Where the loss learns from one.
    """

    def __init__(
        self,
        encoder: Encoder,
        settings: Settings,
        seed: int,
        loss: Loss = _INFO_NCE,
        teacher: Encoder | None = None,
    ) -> None:
        super().__init__()
        self.encoder = encoder
        self.projection: nn.Module | None = None
        if teacher is not None and isinstance(loss, Taught):
            torch.manual_seed(seed)  # it begins the same, whatever else was drawn before
            self.projection = loss.projection(encoder.dim, teacher.dim)
        self._minimised = loss
        self._teacher = [teacher]  # in a list it is no part of what is trained, moved and kept
        self._settings = settings
        self._seed = seed
        self._log_temperature: nn.Parameter | None = None
        if settings.learn_temperature:
            self._log_temperature = nn.Parameter(torch.tensor(math.log(settings.temperature)))

    @property
    def temperature(self) -> float | Tensor:
        """Of the loss: a number, or a scalar with a gradient if it is learned."""
        return self._settings.temperature if self._log_temperature is None else self._log_temperature.exp()

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """Loss of one batch.

        Raises:
            DivergenceError: The loss is not finite.
        """
        # Dropout, like the batch, is a function of (seed, step): what else was drawn, before an interruption or by an
        # evaluation in between, cannot change it.
        words = np.random.SeedSequence((self._seed, self.global_step, self.global_rank)).generate_state(1, np.uint64)
        torch.manual_seed(int(words[0]))
        loss = self.loss(batch)
        self._check_finite("training loss", loss)
        self.log("train/loss", loss)
        return loss

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        """Add one batch to the validation loss, which is the same in all processes.

        It is InfoNCE at the configured temperature, also where another loss is minimised or another temperature
        learned: different losses say nothing about which weights are better.

        Raises:
            DivergenceError: The loss is not finite.
        """
        embedded = self._embedded(batch)
        loss = _INFO_NCE(embedded, self._settings.temperature)
        self._check_finite("validation loss", loss)
        self.log("validation/loss", loss, batch_size=len(batch.masked), prog_bar=True, sync_dist=True)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Keep how products are computed: another way would sum in another order."""
        checkpoint["product"] = self.encoder.product

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Go on as it began."""
        self.encoder.product = checkpoint["product"]

    def configure_optimizers(self) -> Any:
        """AdamW with linear warm-up and linear decay to 0 at the last step."""
        settings = self._settings
        trained = [p for p in self.parameters() if p.requires_grad]
        groups: list[dict[str, Any]] = [
            {"params": [p for p in trained if p.ndim > 1], "weight_decay": settings.weight_decay},
            {"params": [p for p in trained if p.ndim <= 1], "weight_decay": 0.0},
        ]
        optimiser = torch.optim.AdamW(groups, lr=settings.learning_rate, fused=True)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, settings.rate)
        return {"optimizer": optimiser, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def configure_gradient_clipping(
        self,
        optimizer: torch.optim.Optimizer,
        gradient_clip_val: float | None = None,
        gradient_clip_algorithm: str | None = None,
    ) -> None:
        """Scale the gradient down to the greatest norm there may be.

        Raises:
            DivergenceError: The gradient is not finite, which would put an end to the weights.
        """
        parameters = [p for group in optimizer.param_groups for p in group["params"]]
        if gradient_clip_val:
            norm = nn.utils.clip_grad_norm_(parameters, gradient_clip_val)
        else:
            norm = nn.utils.get_total_norm([p.grad for p in parameters if p.grad is not None])
        self._check_finite("norm of the gradient", norm)

    def on_train_batch_end(self, outputs: Any, batch: Batch, batch_idx: int) -> None:
        """Keep a learned temperature in its bounds."""
        if self._log_temperature is not None:
            lowest = min(LOWEST_TEMPERATURE, self._settings.temperature)
            with torch.no_grad():
                self._log_temperature.clamp_(min=math.log(lowest))

    def loss(self, batch: Batch) -> Tensor:
        """What is minimised, of one batch; the same in all processes."""
        embedded = self._embedded(batch)
        return self._minimised(embedded, self.temperature, self.projection)

    def _embedded(self, batch: Batch) -> Embedded:
        """The batch of all processes."""
        pairs = len(batch.masked)
        embeddings = self.encoder.embed(batch.texts, cache_gradients=self._settings.cache_gradients)
        ends = [pairs, 2 * pairs, 2 * pairs + batch.seconds]
        queries, passages, seconds, negatives = embeddings.tensor_split(ends)
        masked = gathered(batch.masked)
        # Told by the width of the whole batch: processes gather together, also those whose own pairs brought none.
        extra = masked.shape[1] > len(masked)
        return Embedded(
            gathered(queries),
            gathered(passages),
            masked,
            gathered(negatives) if extra else None,
            None if batch.has_second is None else gathered(seconds),
            None if batch.has_second is None else gathered(batch.has_second),
            self._lessons(batch, extra=extra),
            self.global_step / self._settings.max_steps,
        )

    def _lessons(self, batch: Batch, *, extra: bool) -> Tensor | None:
        """What the teacher makes of the batch's texts, in the order of `Embedded.taught`."""
        teacher = self._teacher[0]
        if teacher is None or batch.taught is None:
            return None
        pairs = len(batch.masked)
        with torch.no_grad():
            parts = list(teacher.to(self.device).embed(batch.taught).tensor_split([pairs, 2 * pairs]))
        return torch.cat([gathered(part) for part in (parts if extra else parts[:2])])

    def _check_finite(self, what: str, value: Tensor) -> None:
        if not torch.isfinite(value):
            settings = self._settings
            remedy = f"lower training.learning_rate ({settings.learning_rate:g}) or raise training.temperature "
            remedy += f"({settings.temperature:g})"
            if not settings.gradient_clip:
                remedy += ", or set training.gradient_clip=1"
            if settings.precision == "bf16":
                remedy += ", or training.precision=fp32"
            raise DivergenceError(
                f"{what} is {value.item()} at step {self.global_step}: the run has diverged; {remedy}"
            )
