"""What happens between the steps of a training run: history, progress lines, the best weights."""

import logging
import math
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import lightning.pytorch as pl
import torch
from torch import Tensor

from langmix.progress import bar, duration
from langmix.training.data import Batch

if TYPE_CHECKING:
    from tqdm import tqdm

log = logging.getLogger(__name__)

# Called with a step and the figures measured at it.
Report = Callable[[int, Mapping[str, float]], None]


class History(pl.Callback):
    """Hands the loss and the learning rate to a reporter, every ``every`` steps."""

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
        if trainer.is_global_zero and (step % self._every == 0 or step == trainer.max_steps):
            figures = {
                "train/loss": float(outputs["loss"]),
                "train/learning_rate": float(trainer.optimizers[0].param_groups[0]["lr"]),
            }
            if isinstance(pl_module.temperature, Tensor):
                figures["train/temperature"] = float(pl_module.temperature.detach())
            self._report(step, figures)


class BestWeights(pl.Callback):
    """Keeps a copy of the best weights, puts them back at the end, and ends training when they stop getting better.

    Args:
        report: Given the figures of every validation.
        patience: Validations in a row without better weights that end training; 0 for never.
        measure: Pooled mAP of the weights of the moment; None where there is no held-out collection.
        monitor: "loss" (lowest is best) or "map" (highest is best).

    Attributes:
        step: Step the best weights were validated after; 0 before the first validation.
        figures: What was measured on them: ``validation/loss``, and ``validation/map`` where it is measured.
        latest: The same of the last validation.
    """

    def __init__(self, report: Report, patience: int, measure: Callable[[int], float] | None, monitor: str) -> None:
        self.step = 0
        self.figures: dict[str, float] = {}
        self.latest: dict[str, float] = {}
        self._report = report
        self._patience = patience
        self._measure = measure
        self._monitor = f"validation/{monitor}"
        self._validated, self._stale = 0, 0
        self._weights: dict[str, Tensor] = {}

    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Copy the weights if they are the best so far."""
        step = trainer.global_step
        if step == self._validated:
            return  # Lightning may repeat the validation that a checkpoint was written after
        figures = {"validation/loss": float(trainer.callback_metrics["validation/loss"])}
        if self._measure:
            figures["validation/map"] = self._measured(trainer, pl_module, self._measure)
        self._validated, self.latest = step, figures
        if self._badness(figures) < self._badness(self.figures):
            self.step, self.figures = step, figures
            self._weights = {name: value.detach().cpu().clone() for name, value in pl_module.state_dict().items()}
            self._stale = 0
        else:
            self._stale += 1
        self._stop_if_stale(trainer)
        if trainer.is_global_zero:
            self._report(step, figures)

    def on_fit_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Train no further step if training had ended when the checkpoint gone on from was written."""
        self._stop_if_stale(trainer)

    def on_fit_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Put the best weights back."""
        if self._weights:
            pl_module.load_state_dict(self._weights)
            self._weights = {}

    def state_dict(self) -> dict[str, Any]:
        """All that a training that goes on from here has to know, the best weights included."""
        return {
            "step": self.step,
            "figures": self.figures,
            "validated": self._validated,
            "stale": self._stale,
            "weights": self._weights,
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from `state_dict`."""
        self.step, self.figures = state_dict["step"], state_dict["figures"]
        self._validated, self._stale = state_dict["validated"], state_dict["stale"]
        self._weights = state_dict["weights"]

    def _stop_if_stale(self, trainer: pl.Trainer) -> None:
        # Lightning's own early stopping keeps the count in the checkpoint, but not that it has stopped: it would train
        # on to the next validation, and for as long as that happens to be better.
        if self._patience and self._stale >= self._patience:
            trainer.should_stop = True

    def _badness(self, figures: Mapping[str, float]) -> float:
        if not figures:
            return math.inf
        return figures[self._monitor] if self._monitor == "validation/loss" else -figures[self._monitor]

    def _measured(self, trainer: pl.Trainer, pl_module: pl.LightningModule, measure: Callable[[int], float]) -> float:
        """One process measures, all know."""
        modes = [(part, part.training) for part in pl_module.modules()]
        figure = measure(trainer.global_step) if trainer.is_global_zero else math.nan
        for part, training in modes:
            part.training = training
        return float(trainer.strategy.broadcast(torch.tensor(figure, dtype=torch.float64)))


class Progress(pl.Callback):
    """A live line on a terminal; elsewhere a plain line per validation.

    Args:
        best: Knows what validation measured; it has to be called before.
    """

    def __init__(self, best: BestWeights) -> None:
        self._best = best
        self._live: tqdm[None] | None = None

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Start the clock."""
        self._start, self._first = time.monotonic(), trainer.global_step
        if trainer.is_global_zero:
            self._live = bar("training", trainer.max_steps, "steps", self._first)

    def on_train_batch_end(
        self,
        trainer: pl.Trainer,
        pl_module: pl.LightningModule,
        outputs: Any,
        batch: Batch,
        batch_idx: int,
    ) -> None:
        """Go on by a step."""
        if self._live is not None:
            self._live.update(trainer.global_step - self._live.n)

    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Say the step, the figures and the time left."""
        step, steps = trainer.global_step, trainer.max_steps
        if step == self._first or self._live is None:
            return
        measured = {"train/loss": float(trainer.callback_metrics["train/loss"]), **self._best.latest}
        if not self._live.disable:
            self._live.set_postfix({name: f"{value:.4f}" for name, value in measured.items()})
            return
        left = (time.monotonic() - self._start) / (step - self._first) * (steps - step)
        figures = ", ".join(f"{name} {value:.4f}" for name, value in measured.items())
        log.info("step %d/%d: %s, %s left", step, steps, figures, duration(left))

    def teardown(self, trainer: pl.Trainer, pl_module: pl.LightningModule, stage: str) -> None:
        """Clear the line, however training ended."""
        if self._live is not None:
            self._live.close()
