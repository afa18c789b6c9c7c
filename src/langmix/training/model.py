"""A trained model: what it is made from, what identifies it, and how it comes into the store."""

import json
import logging
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import langmix
from langmix.corpus import ParallelCorpus
from langmix.errors import LangmixError
from langmix.hardware import processor, threads
from langmix.losses import InfoNCE, Loss
from langmix.sampling import Sampler
from langmix.software import code, versions
from langmix.training import needs
from langmix.training.identity import TRAINER
from langmix.training.settings import Settings
from langmix.training.shares import composition, negatives_left
from langmix.training.tuning import Full, Tuning
from langmix.training.validation import told

if TYPE_CHECKING:
    from langmix.encoder.backbone import Backbone, Changes
    from langmix.encoder.encoder import Encoder
    from langmix.encoder.product import ProductName
    from langmix.negatives import Negatives
    from langmix.training.callbacks import Report
    from langmix.training.fit import Fitted

log = logging.getLogger(__name__)

_INFO_NCE, _FULL = InfoNCE(), Full()
_RECORD = "training.json"  # what a model's folder says about how it was made

# Where and how the weights are computed, not which: they may differ in the last bits, as between any two machines.
_NOT_IN_IDENTITY = ("accelerator", "devices", "nodes", "workers", "cache_gradients", "checkpoint_every")


class HeldOut(Protocol):
    """A figure that weights are chosen by, of texts that are not trained on."""

    @property
    def identity(self) -> Mapping[str, Any]:
        """All that decides the figure for given weights."""

    def __call__(self, encoder: "Encoder") -> float:
        """The figure; higher is better."""


@dataclass(frozen=True)
class Training:
    """A training run that is ready to start.

    Attributes:
        train: Corpus and sampler of the training batches.
        validation: Corpus and sampler of the validation batches.
        sampler: Keys that describe the sampler of the training batches.
        settings: Hyper-parameters.
        seed: Of everything random.
        held_out: Measures the weights at every validation.
        negatives: Hard negatives of the training batches.
        loss: What is minimised.
        tuning: Which weights are trained.
        product: How tokens are multiplied with weights on a processor; a training that goes on keeps the one it had.
    """

    train: tuple[ParallelCorpus, Sampler]
    validation: tuple[ParallelCorpus, Sampler]
    sampler: Mapping[str, Any]
    settings: Settings
    seed: int
    held_out: HeldOut | None = None
    negatives: "Negatives | None" = None
    loss: Loss = _INFO_NCE
    tuning: Tuning = _FULL
    product: "ProductName" = "torch"

    def __post_init__(self) -> None:
        if self.settings.monitor == "map" and self.held_out is None:
            raise LangmixError("training.monitor=map: needs a collection to measure it on: dataset@held_out=NAME")
        needs.second_languages(self.loss, self.train[0], self.train[1].seed)
        needs.read_by_teacher(self.loss, self.train[0], self.negatives)

    def identity(self, backbone: "Backbone") -> dict[str, Any]:
        """All that decides the weights that come out."""
        return {**self.recipe(backbone), "seed": self.seed}

    def recipe(self, backbone: "Backbone") -> dict[str, Any]:
        """What trainings that differ in their seed alone have in common."""
        sampler = dict(self.sampler)
        if sampler.get("alpha_schedule") == "constant":
            del sampler["alpha_steps"]  # follows the number of steps and changes nothing
        identity = {
            "backbone": backbone.identity,
            "corpus": {"train": self.train[0].fingerprint, "validation": self.validation[0].fingerprint},
            "sampler": sampler,
            "loss": self.loss.identity,
            "tuning": self.tuning.identity,
            "training": {key: value for key, value in vars(self.settings).items() if key not in _NOT_IN_IDENTITY},
            "trainer": TRAINER,
            "software": versions(),
        }
        if self.held_out and self.settings.monitor == "map":  # else it is looked at and changes nothing
            identity["held_out"] = self.held_out.identity
        if self.negatives:
            identity["negatives"] = self.negatives.identity
        return identity

    @cached_property
    def negatives_left(self) -> list[tuple[str, str | None]]:
        """What is to be said of the negatives in training and in validation batches, see `negatives_left`.

        Raises:
            LangmixError: No query has any.
        """
        return [
            negatives_left(*self.train, self.settings.max_steps, self.negatives),
            negatives_left(*self.validation, self.settings.validation_batches),
        ]

    @property
    def data(self) -> dict[str, str]:
        """What the data of the recipe is called, for those who read it."""
        corpus, validation = self.train[0], self.validation[0]
        return {
            "corpus": corpus.name,
            "corpus.languages": " ".join(corpus.languages),
            "corpus.parts": " ".join(corpus.parts),
            "validation": validation.name,
        }

    def fit(self, backbone: "Backbone", checkpoints: Path, report: "Report") -> tuple["Encoder", "Fitted"]:
        """Train, going on from the checkpoint in ``checkpoints`` if there is one."""
        from langmix.encoder.encoder import Encoder
        from langmix.training.fit import fit

        encoder = Encoder.load(backbone, product=self.product)
        parts = (self.train, self.validation, self.settings, self.seed)
        return encoder, fit(
            encoder,
            *parts,
            report,
            checkpoints,
            self.held_out,
            negatives=self.negatives,
            loss=self.loss,
            tuning=self.tuning,
        )

    def write(self, backbone: "Backbone", target: Path, checkpoints: Path, report: "Report") -> None:
        """Train, and write into ``target`` what that changed of the backbone, with ``training.json``."""
        from safetensors import SafetensorError

        from langmix.encoder import changes
        from langmix.encoder.encoder import Encoder

        corpus, sampler = self.train
        log.info(
            "training on %s: %d pairs, %d steps of %d (%.1f epochs); batches: %s",
            corpus.name,
            len(corpus),
            self.settings.max_steps,
            self.settings.batch_size,
            self.settings.max_steps / sampler.steps_per_epoch,
            _chances(sampler, self.settings.max_steps),
        )
        for line in (
            *composition(corpus, sampler, self.settings.max_steps),
            *needs.told(self.loss, corpus, sampler.seed),
            *told(self.validation[0]),
        ):
            log.info("%s", line)
        for line, warning in self.negatives_left:
            log.info("%s", line)
            if warning:
                log.warning("%s", warning)
        encoder, fitted = self.fit(backbone, checkpoints, report)
        log.info("kept the weights of step %d, validation loss %.4f", fitted.best_step, fitted.best_validation_loss)
        try:
            base = Encoder.load(backbone).model
            changes.write(encoder.model, base, fitted.decay, backbone.origin, target / changes.FILE)
            how = {"product": encoder.product, "processor": processor(), "threads": threads()}
            made_by = {"langmix": langmix.__version__, "code": code()}
            record = {**self.identity(backbone), **vars(fitted), **how, **made_by}
            (target / _RECORD).write_text(json.dumps(record, indent=1), encoding="utf-8")
        except (OSError, SafetensorError) as error:
            raise LangmixError(f"{target.parent}: the trained model cannot be written: {error}") from error


def _chances(sampler: Sampler, steps: int) -> str:
    first, last = sampler.probabilities_at(0), sampler.probabilities_at(steps - 1)
    return ", ".join(
        f"{kind} {first[kind]:.3g}" + (f" to {last[kind]:.3g}" if last[kind] != first[kind] else "") for kind in first
    )


@dataclass(frozen=True)
class Trained:
    """A trained model in the store.

    Attributes:
        changes: What training made of the backbone.
        code: Hash of the code that trained it, see `langmix.tracking.provenance.code`.
        other_code: What is to be said where that is not today's code; empty where it is.
    """

    changes: "Changes"
    code: str
    other_code: str


def trained(training: Training, backbone: "Backbone", folder: Path, report: "Report") -> Trained:
    """The model of a training in its ``folder``; trained now unless that is finished.

    Whatever interrupts the training, the same call goes on from the last checkpoint, which lies beside the folder
    until the model is finished. A model that other code trained is used, and that is said: most changes to code leave
    weights alone, and those that do not raise `TRAINER`, which is part of the model's name.

    Raises:
        LangmixError: The run diverges, something cannot be written, or the finished model is not what was written.
    """
    from langmix.encoder.backbone import Changes
    from langmix.encoder.changes import FILE
    from langmix.finished import DONE, build_once, verify

    checkpoints = checkpoint_folder(folder)
    if (folder / DONE).exists():
        verify(folder)  # seconds, against figures of a model that is not the one its name says
        os.utime(folder / DONE)  # used just now
        log.info("model %s: trained before, reused", folder.name)
    else:
        from langmix.training.module import DivergenceError

        identity = training.identity(backbone)
        try:
            build_once(folder, lambda target: training.write(backbone, target, checkpoints, report), identity)
        except DivergenceError:
            shutil.rmtree(checkpoints, ignore_errors=True)  # it would diverge again
            raise
    shutil.rmtree(checkpoints, ignore_errors=True)
    changes = Changes(folder / FILE, backbone.origin)
    made_by = str(json.loads((folder / _RECORD).read_text(encoding="utf-8"))["code"])
    if made_by == code():
        return Trained(changes, made_by, "")
    other_code = f"model {folder.name} was trained by other code ({made_by}, now {code()})"
    log.warning("%s", other_code)
    return Trained(changes, made_by, other_code)


def checkpoint_folder(model: Path) -> Path:
    """Where the checkpoints of a model are that is not finished."""
    return model.with_name(f"{model.name}.partial")
