"""Fine-tune an encoder on planned batches."""

import logging
import sys
import warnings
from dataclasses import dataclass

import lightning.pytorch as pl
import torch

from langmix.corpus import ParallelCorpus
from langmix.encoder.encoder import Encoder
from langmix.encoder.vocabulary import TrimmedVocabulary
from langmix.negatives import Negatives
from langmix.sampling import Sampler
from langmix.training.callbacks import BestWeights, History, ProgressLines, Report
from langmix.training.data import ParallelData
from langmix.training.module import BiEncoder
from langmix.training.settings import Settings

_PRECISION = {"fp32": "32-true", "bf16": "bf16-mixed"}
_REPORTS = 200  # points of a loss curve


@dataclass(frozen=True)
class Fitted:
    """How a training run ended.

    Attributes:
        best_step: Optimiser steps behind the weights that were kept.
        best_validation_loss: Their validation loss.
    """

    best_step: int
    best_validation_loss: float


def fit(
    encoder: Encoder,
    train: tuple[ParallelCorpus, Sampler],
    validation: tuple[ParallelCorpus, Sampler],
    settings: Settings,
    seed: int,
    report: Report,
    negatives: Negatives | None = None,
) -> Fitted:
    """Fine-tune ``encoder`` in place and leave it with the weights of the lowest validation loss.

    Args:
        encoder: Changed in place.
        train: Corpus and sampler of the training batches.
        validation: Corpus and sampler of the validation batches.
        settings: Hyper-parameters.
        seed: Of dropout and of everything else random but the batches, which have their sampler's.
        report: Called with (step, figures) as training goes on.
        negatives: Hard negatives of the training batches.

    Raises:
        LangmixError: The loss is not finite.
    """
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
    pl.seed_everything(seed, workers=True, verbose=False)
    for part in encoder.modules():
        if isinstance(part, torch.nn.Dropout):
            part.p = settings.dropout
    terminal = sys.stderr.isatty()
    best = BestWeights()
    data = ParallelData(train, validation, encoder, settings, negatives)
    trimmed = TrimmedVocabulary(encoder, data.tokens_used()) if settings.trim_vocabulary else None
    module = BiEncoder(encoder, settings).train()
    with warnings.catch_warnings():
        # Batches are prepared in the training process unless asked otherwise; Lightning advises against that.
        warnings.filterwarnings("ignore", message=".*does not have many workers.*")
        warnings.filterwarnings("ignore", message=".*isinstance.treespec, LeafSpec.*", category=FutureWarning)
        warnings.filterwarnings("ignore", message=".*isinstance.treespec, LeafSpec.*", category=DeprecationWarning)
        trainer = pl.Trainer(
            accelerator=settings.accelerator,
            devices=1,
            max_steps=settings.max_steps,
            max_epochs=-1,
            precision=_PRECISION[settings.precision],  # type: ignore[arg-type]
            gradient_clip_val=settings.gradient_clip or None,
            val_check_interval=settings.validate_every,
            check_val_every_n_epoch=None,
            deterministic=settings.deterministic,
            use_distributed_sampler=False,  # every process takes its own share of each planned batch
            num_sanity_val_steps=0,
            logger=False,
            enable_checkpointing=False,
            enable_model_summary=False,
            enable_progress_bar=terminal,
            callbacks=[
                best,
                History(report, max(1, settings.max_steps // _REPORTS)),
                *([] if terminal else [ProgressLines()]),
            ],
        )
        trainer.fit(module, datamodule=data)
    if trimmed:
        trimmed.restore(settings.decay(best.step))
    encoder.eval()
    return Fitted(best.step, best.loss)
