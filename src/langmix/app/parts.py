"""The parts of a cell that a configuration names: corpora, samplers, training settings."""

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf

from langmix.app.shares import composition
from langmix.corpus import ParallelCorpus
from langmix.errors import LangmixError
from langmix.sampling import Sampler, hybrid, x_x
from langmix.training.settings import Settings

if TYPE_CHECKING:
    from langmix.encoder.backbone import Backbone
    from langmix.negatives import Negatives

log = logging.getLogger(__name__)

ENCODER = "encoder"
"""Folder of the fine-tuned encoder inside a model's folder."""

# What may differ without the trained weights being different by intention.
_NOT_IN_IDENTITY = ("accelerator", "workers")


@dataclass(frozen=True)
class Training:
    """A training run that is ready to start.

    Attributes:
        train: Corpus and sampler of the training batches.
        validation: Corpus and sampler of the validation batches.
        sampler: Configuration of the sampler of the training batches.
        settings: Hyper-parameters.
        seed: Of everything random.
        negatives: Hard negatives of the training batches.
    """

    train: tuple[ParallelCorpus, Sampler]
    validation: tuple[ParallelCorpus, Sampler]
    sampler: Mapping[str, Any]
    settings: Settings
    seed: int
    negatives: "Negatives | None" = None

    def identity(self, backbone: "Backbone") -> dict[str, Any]:
        """All that decides the weights that come out."""
        identity = {
            "backbone": backbone.identity,
            "corpus": {"train": self.train[0].fingerprint, "validation": self.validation[0].fingerprint},
            "sampler": dict(self.sampler),
            "training": {key: value for key, value in vars(self.settings).items() if key not in _NOT_IN_IDENTITY},
            "seed": self.seed,
        }
        if self.negatives:
            identity["negatives"] = self.negatives.identity
        return identity

    def write(self, backbone: "Backbone", target: Path, report: Callable[[int, Mapping[str, float]], None]) -> None:
        """Train, and write the model as a Hugging Face folder below ``target``, with ``training.json``."""
        from langmix.encoder.encoder import Encoder
        from langmix.encoder.export import export
        from langmix.training.fit import fit

        encoder = Encoder.load(backbone)
        corpus, sampler = self.train
        log.info(
            "training on %s: %d pairs, %d steps of %d (%.1f epochs); batches: %s",
            corpus.name,
            len(corpus),
            self.settings.max_steps,
            self.settings.batch_size,
            self.settings.max_steps / sampler.steps_per_epoch,
            ", ".join(f"{kind} {share:.3g}" for kind, share in sampler.probabilities.items()),
        )
        for line in composition(corpus, sampler, self.settings.max_steps):
            log.info("%s", line)
        fitted = fit(encoder, self.train, self.validation, self.settings, self.seed, report, self.negatives)
        log.info("kept the weights of step %d, validation loss %.4f", fitted.best_step, fitted.best_validation_loss)
        export(encoder.model, encoder.tokenizer, backbone, target / ENCODER)
        ending = {"best_step": fitted.best_step, "best_validation_loss": fitted.best_validation_loss}
        (target / "training.json").write_text(
            json.dumps({**self.identity(backbone), **ending}, indent=1), encoding="utf-8"
        )


def check(cfg: DictConfig) -> None:
    """Refuse values that no stage checks for itself.

    Raises:
        LangmixError: A value has the wrong type or range.
    """
    if isinstance(cfg.seed, bool) or not isinstance(cfg.seed, int) or cfg.seed < 0:
        raise LangmixError(f"seed={cfg.seed}: must be a whole number from 0")
    if not isinstance(cfg.train, bool):
        raise LangmixError(f"train={cfg.train}: must be true or false")
    if cfg.retrieval.precision not in {"fp32", "bf16"}:
        raise LangmixError(f"retrieval.precision={cfg.retrieval.precision}: must be fp32 or bf16")
    for key in ("batch_tokens", "run_depth"):
        value = cfg.retrieval[key]
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise LangmixError(f"retrieval.{key}={value}: must be a whole number from 1")
    if not isinstance(cfg.retrieval.run_files, bool):
        raise LangmixError(f"retrieval.run_files={cfg.retrieval.run_files}: must be true or false")
    gib = cfg.store.embeddings_gib
    if isinstance(gib, bool) or not isinstance(gib, int | float) or not gib >= 0:
        raise LangmixError(f"store.embeddings_gib={gib}: must be a number from 0")


def corpus_and_sampler(cfg: DictConfig) -> tuple[ParallelCorpus, Sampler]:
    """The training corpus of a configuration and the sampler over it.

    Raises:
        LangmixError: The configuration trains nothing, a value is wrong, or the corpus cannot serve the sampler.
    """
    if "_target_" not in cfg.sampler:
        raise LangmixError(f"sampler={cfg.sampler.name}: trains nothing, so it has no batches")
    corpus: ParallelCorpus = build(cfg.corpus, split="train")
    sampler: Sampler = build(cfg.sampler, corpus=corpus, batch_size=_settings(cfg).batch_size, seed=cfg.seed)
    return corpus, sampler


def hard_negatives(cfg: DictConfig, corpus: ParallelCorpus) -> "Negatives | None":
    """What a configuration names to bring hard negatives into the batches of its training corpus.

    Raises:
        LangmixError: A value is wrong, or the corpus has none.
    """
    negatives: Negatives | None = build(cfg.negatives, corpus=corpus, seed=cfg.seed)
    return negatives


def build(cfg: DictConfig, **arguments: Any) -> Any:
    """Call what a configuration group names as its ``_target_`` with the group's values and ``arguments``."""
    # Only the values go through Hydra: it would turn corpora among the arguments into configurations, and wrap
    # errors in its own.
    return instantiate(cfg, _partial_=True, _convert_="all")(**arguments)


def _settings(cfg: DictConfig) -> Settings:
    return Settings(**OmegaConf.to_container(cfg.training, resolve=True))  # type: ignore[arg-type]


def load_training(cfg: DictConfig) -> Training:
    """Corpora, samplers and settings of a configuration.

    Validation batches are the same for every sampler, half of them in one language and half across languages, so that
    no arm is judged by a loss of its own making; a corpus with one language has only the former.

    Raises:
        LangmixError: A value is wrong or the corpus cannot serve the sampler.
    """
    settings = _settings(cfg)
    train, sampler = corpus_and_sampler(cfg)
    validation: ParallelCorpus = build(cfg.corpus, split="validation")
    neutral = hybrid if len(validation.languages) > 1 else x_x
    try:
        judge = neutral(validation, settings.batch_size, seed=0, name="validation")
    except LangmixError as error:
        raise LangmixError(f"validation split: {error}") from error
    plain: dict[str, Any] = OmegaConf.to_container(cfg.sampler, resolve=True)  # type: ignore[assignment]
    return Training((train, sampler), (validation, judge), plain, settings, cfg.seed, hard_negatives(cfg, train))
