"""Fine-tune an encoder on planned batches."""

import ctypes
import logging
import sys
import warnings
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import lightning.pytorch as pl
import torch

from langmix.corpus import ParallelCorpus
from langmix.encoder.encoder import Encoder
from langmix.encoder.vocabulary import TrimmedVocabulary
from langmix.errors import LangmixError
from langmix.losses import InfoNCE, Loss
from langmix.losses.loss import Taught
from langmix.negatives import Negatives
from langmix.sampling import Sampler
from langmix.training.callbacks import BestWeights, History, Progress, Report
from langmix.training.checkpoints import CheckpointFolder, Checkpoints
from langmix.training.data import Beside, ParallelData
from langmix.training.distributed import layout, process_group
from langmix.training.module import BiEncoder
from langmix.training.needs import read_by_teacher, second_languages
from langmix.training.settings import Settings
from langmix.training.tuning import Full, Tuning

log = logging.getLogger(__name__)

_INFO_NCE, _FULL = InfoNCE(), Full()
_PRECISION = {"fp32": "32-true", "bf16": "bf16-mixed"}
_REPORTS = 200  # points of a loss curve
_NO_ADVICE = (
    # Batches are prepared in the training process unless asked otherwise; Lightning advises against that.
    ".*does not have many workers.*",
    # It is: the order of its steps starts at the first that has not been trained.
    ".*your dataloader is not resumable.*",
    ".*isinstance.treespec, LeafSpec.*",
)


@dataclass(frozen=True)
class Fitted:
    """How a training run ended.

    Attributes:
        best_step: Optimiser steps behind the weights that were kept.
        best_validation_loss: Their validation loss.
        best_validation_map: Their pooled mAP on the held-out collection; None where there is none.
        temperature: Their temperature.
        steps: Optimiser steps taken.
        decay: What rows of the word embedding that occurred in no batch were multiplied by, where they were set aside.
    """

    best_step: int
    best_validation_loss: float
    best_validation_map: float | None
    temperature: float
    steps: int
    decay: float


def fit(  # noqa: PLR0913 -- all that decides the weights, and who is told
    encoder: Encoder,
    train: tuple[ParallelCorpus, Sampler],
    validation: tuple[ParallelCorpus, Sampler],
    settings: Settings,
    seed: int,
    report: Report,
    checkpoints: Path | None = None,
    evaluate: Callable[[Encoder], float] | None = None,
    *,
    negatives: Negatives | None = None,
    loss: Loss = _INFO_NCE,
    tuning: Tuning = _FULL,
) -> Fitted:
    """Fine-tune ``encoder`` in place and leave it with the best weights: see `Settings.monitor`.

    On a CPU the weights that come out are the same bits whether or not the training was interrupted, as often as one
    likes, and whether or not ``evaluate`` was called in between (unless it chooses others).

    Args:
        encoder: Changed in place.
        train: Corpus and sampler of the training batches.
        validation: Corpus and sampler of the validation batches.
        settings: Hyper-parameters.
        seed: Of dropout and of everything else random but the batches, which have their sampler's.
        report: Called with (step, figures) as training goes on, in the first process only.
        checkpoints: Folder for checkpoints, of this very training: one that is there is gone on from. None: no
            checkpoints.
        evaluate: Pooled mAP of an encoder on a held-out collection, measured at every validation.
        negatives: Hard negatives of the training batches.
        loss: What is minimised.
        tuning: Which weights are trained.

    Raises:
        LangmixError: The loss or the gradient is not finite, or a checkpoint cannot be written or gone on from.
    """
    if settings.monitor == "map" and evaluate is None:
        raise LangmixError("training.monitor=map: needs a held-out collection to measure it on: dataset@held_out=NAME")
    for part in ("lightning.pytorch", "lightning.fabric"):
        logging.getLogger(part).setLevel(logging.WARNING)
    pl.seed_everything(seed, verbose=False)
    for module in encoder.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = settings.dropout
    teacher = Encoder.load(loss.backbone, product=encoder.product) if isinstance(loss, Taught) else None
    beside = Beside(
        negatives,
        second_languages(loss, train[0], train[1].seed),
        teacher.tokenize if teacher else None,
        read_by_teacher(loss, train[0], negatives),
    )
    data = ParallelData(train, validation, encoder, settings, beside)
    trimmed = TrimmedVocabulary(encoder, data.tokens_used()) if settings.trim_vocabulary else None
    tuning.begin(encoder.model, seed)
    decay = settings.decay if encoder.model.get_input_embeddings().weight.requires_grad else _no_decay

    measure = partial(_measure, evaluate, encoder, trimmed, decay) if evaluate else None
    best = BestWeights(report, settings.patience, measure, settings.monitor)
    trained = BiEncoder(encoder, settings, seed, loss, teacher).train()
    callbacks: list[pl.Callback] = [best, History(report, max(1, settings.max_steps // _REPORTS)), Progress(best)]
    folder = CheckpointFolder(checkpoints) if checkpoints and settings.checkpoint_every else None
    if folder:
        callbacks.append(Checkpoints(settings.checkpoint_every, settings.validate_every))
    resumed = folder.latest() if folder else None
    if resumed:
        log.info("going on from %s", resumed)
    with warnings.catch_warnings(), process_group(settings):
        for advice in _NO_ADVICE:
            warnings.filterwarnings("ignore", message=advice)
        trainer = pl.Trainer(
            **layout(settings, folder),
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
            enable_progress_bar=False,
            callbacks=callbacks,
        )
        trainer.fit(trained, datamodule=data, ckpt_path=resumed)
    _free(trainer, trained)
    tuning.end(encoder.model)
    if trimmed:
        trimmed.restore(decay(best.step))
    encoder.eval()
    return Fitted(
        best.step,
        best.figures["validation/loss"],
        best.figures.get("validation/map"),
        float(torch.as_tensor(trained.temperature).detach()),
        trainer.global_step,
        decay(best.step) if trimmed else 1.0,
    )


def _no_decay(steps: int) -> float:
    """Of words that are not trained."""
    return 1.0


def _free(trainer: pl.Trainer, trained: BiEncoder) -> None:
    """Give back the memory that only training needed, before a whole embedding or an evaluation comes on top of it."""
    trained.zero_grad()
    for optimizer in trainer.optimizers:
        optimizer.state.clear()
    # glibc keeps what is freed in pieces smaller than 32 MiB, which activations are; other libraries have no such call.
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim:
        trim(0)


def _measure(
    evaluate: Callable[[Encoder], float],
    encoder: Encoder,
    trimmed: TrimmedVocabulary | None,
    decay: Callable[[int], float],
    step: int,
) -> float:
    """What ``evaluate`` says of the weights after ``step`` steps; its texts may have tokens that training has not."""
    with trimmed.whole(decay(step)) if trimmed else nullcontext():
        return evaluate(encoder)
