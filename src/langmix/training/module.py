"""The bi-encoder as a Lightning module."""

from typing import Any

import lightning.pytorch as pl
import torch
from torch import Tensor

from langmix.encoder.encoder import Encoder
from langmix.errors import LangmixError
from langmix.training.contrastive import info_nce
from langmix.training.data import Batch
from langmix.training.settings import Settings


class BiEncoder(pl.LightningModule):
    """One encoder for queries and passages, trained with InfoNCE and in-batch negatives.

    Args:
        encoder: Trained in place.
        settings: Hyper-parameters.
    """

    def __init__(self, encoder: Encoder, settings: Settings) -> None:
        super().__init__()
        self.encoder = encoder
        self._settings = settings

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """Loss of one batch.

        Raises:
            LangmixError: The loss is not finite.
        """
        loss = self._loss(batch)
        if not torch.isfinite(loss):
            raise LangmixError(
                f"training loss is {loss.item()} at step {self.global_step}: the run has diverged; "
                f"lower training.learning_rate ({self._settings.learning_rate:g}) or raise training.temperature "
                f"({self._settings.temperature:g})"
            )
        self.log("train/loss", loss)
        return loss

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        """Add one batch to the validation loss."""
        self.log("validation/loss", self._loss(batch), batch_size=len(batch.groups), prog_bar=True)

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

    def _loss(self, batch: Batch) -> Tensor:
        queries, passages = self.encoder.embed(batch.queries), self.encoder.embed(batch.passages)
        negatives = None if batch.negatives is None else self.encoder.embed(batch.negatives)
        temperature = self._settings.temperature
        return info_nce(queries, passages, batch.groups, temperature, negatives, batch.negative_groups)
