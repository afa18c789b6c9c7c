"""What happens between the steps of a training run: history, progress lines, the best weights."""

import logging
import math
import time
from collections.abc import Callable, Mapping
from typing import Any

import lightning.pytorch as pl
from torch import Tensor

from langmix.training.data import Batch

log = logging.getLogger(__name__)

# Called with a step and the figures measured at it.
Report = Callable[[int, Mapping[str, float]], None]


class History(pl.Callback):
    """Hands the loss and the learning rate to a reporter, every ``every`` steps and at every validation."""

    def __init__(self, report: Report, every: int) -> None:
        self._report = report
        self._every = every

    def on_train_batch_end(
        self,
        trainer: pl.Trainer,
        pl_module: pl.LightningModule,
        outputs: Any,
        batch: Batch,
        batch_idx: int,
    ) -> None:
        """Report the training loss of a step."""
        step = trainer.global_step
        if step % self._every == 0 or step == trainer.max_steps:
            rate = float(trainer.optimizers[0].param_groups[0]["lr"])
            self._report(step, {"train/loss": float(outputs["loss"]), "train/learning_rate": rate})

    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Report the validation loss."""
        self._report(trainer.global_step, {"validation/loss": float(trainer.callback_metrics["validation/loss"])})


class BestWeights(pl.Callback):
    """Keeps a copy of the weights with the lowest validation loss and puts them back at the end.

    Attributes:
        loss: Lowest validation loss so far.
        step: Step it was measured after.
    """

    def __init__(self) -> None:
        self.loss = math.inf
        self.step = 0
        self._weights: dict[str, Tensor] = {}

    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Copy the weights if they are the best so far."""
        loss = float(trainer.callback_metrics["validation/loss"])
        if loss < self.loss:
            self.loss, self.step = loss, trainer.global_step
            self._weights = {name: value.detach().cpu().clone() for name, value in pl_module.state_dict().items()}

    def on_fit_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Put the best weights back."""
        if self._weights:
            pl_module.load_state_dict(self._weights)


class ProgressLines(pl.Callback):
    """One plain line per validation, where there is no terminal to draw a progress bar on."""

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Start the clock."""
        self._start = time.monotonic()

    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Write the step, the losses and the time left."""
        step, steps = trainer.global_step, trainer.max_steps
        if step == 0:
            return
        left = (time.monotonic() - self._start) / step * (steps - step)
        losses = ", ".join(f"{name} {float(value):.4f}" for name, value in sorted(trainer.callback_metrics.items()))
        log.info("step %d/%d: %s, %.0f s left", step, steps, losses, left)
