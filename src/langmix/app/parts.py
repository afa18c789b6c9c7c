"""What a configuration's parts are built into: the training of a cell, and where it is tracked."""

from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, cast

from langmix.collection.overlap import Overlap, overlap
from langmix.configuration.opened import Configuration, ToTrain
from langmix.configuration.part import Part
from langmix.corpus import ParallelCorpus
from langmix.encoder.speed import fastest_product
from langmix.losses import Loss
from langmix.negatives import Negatives
from langmix.sampling import Sampler
from langmix.store import Store
from langmix.studies.ledger import check_chosen_by
from langmix.training.validation import validation_sampler

if TYPE_CHECKING:
    from langmix.encoder.speed import Precision
    from langmix.tracking.runs import Tracker
    from langmix.training.model import Training


def tracker(asked: Configuration) -> "Tracker":
    """The experiment of a configuration in its store, opened once by each process.

    Raises:
        LangmixError: It cannot be opened.
    """
    return _tracker(asked.store.root, asked.tracking.experiment, asked.tracking.mirror)


@cache
def _tracker(root: Path, experiment: str, mirror: str | None) -> "Tracker":
    from langmix.tracking.runs import Tracker

    return Tracker.open(Store.open(root), experiment, mirror)


@lru_cache(maxsize=8)
def audited(corpus: Part, dataset: Part) -> Overlap:
    """What a training corpus and a data set share; the cells of a sweep look for it once."""
    return overlap(corpus.shared(split="train"), dataset.shared())


def corpus_and_sampler(asked: ToTrain) -> tuple[ParallelCorpus, Sampler]:
    """The training corpus and the sampler over it.

    Raises:
        LangmixError: A value is wrong, or the corpus cannot serve the sampler.
    """
    corpus: ParallelCorpus = asked.corpus.shared(split="train")
    sampler: Sampler = asked.sampler.build(corpus=corpus, batch_size=asked.settings.batch_size, seed=asked.seed)
    return corpus, sampler


def validation_and_sampler(asked: ToTrain) -> tuple[ParallelCorpus, Sampler]:
    """The validation pairs, of the training corpus or of one of their own, and the sampler over them.

    Raises:
        LangmixError: A value is wrong, or the pairs cannot fill a batch.
    """
    corpus: ParallelCorpus = asked.validation.shared(split="validation")
    return corpus, validation_sampler(corpus, asked.settings.batch_size)


def hard_negatives(asked: ToTrain, corpus: ParallelCorpus) -> Negatives | None:
    """What brings hard negatives into the batches of the training corpus.

    Raises:
        LangmixError: A value is wrong, or the corpus has none.
    """
    negatives: Negatives | None = asked.negatives.build(corpus=corpus, seed=asked.seed)
    return negatives


def loss(asked: ToTrain) -> Loss:
    """What is minimised.

    Raises:
        LangmixError: A value is wrong.
    """
    teacher = asked.loss.values.get("teacher")
    own = asked.loss.without("teacher")
    built: Loss = own.build(teacher=Part.of(teacher, asked.store).shared()) if teacher else own.build()
    return built


@lru_cache(maxsize=4)  # cells of a sweep share it
def training(asked: ToTrain) -> "Training":
    """What is to be trained, read and found good.

    Raises:
        LangmixError: A value is wrong or the corpus cannot serve the sampler.
    """
    from langmix.evaluation.held_out import HeldOut
    from langmix.training.model import Training

    train, validation = corpus_and_sampler(asked), validation_and_sampler(asked)
    if asked.held_out and asked.settings.monitor == "map":
        check_chosen_by(asked.held_out.name)
    held_out = HeldOut(asked.held_out.build(), *asked.encoding) if asked.held_out else None
    negatives = hard_negatives(asked, train[0])
    product = fastest_product(asked.store, "training", cast("Precision", asked.settings.precision))
    return Training(
        train,
        validation,
        asked.sampler.values,
        asked.settings,
        asked.seed,
        held_out,
        negatives,
        loss(asked),
        asked.tuning.build(),
        product,
    )
