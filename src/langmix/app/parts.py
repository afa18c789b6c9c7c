"""The parts of a cell that a configuration names: corpora, samplers, settings, where it is tracked."""

import json
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf

from langmix.corpus import ParallelCorpus
from langmix.errors import LangmixError
from langmix.sampling import Sampler
from langmix.store import Store
from langmix.training.settings import Settings

if TYPE_CHECKING:
    from langmix.negatives import Negatives
    from langmix.tracking.runs import Tracker


def check(cfg: DictConfig) -> None:
    """Refuse values that no stage checks for itself.

    Raises:
        LangmixError: A value has the wrong type or range.
    """
    for group in ("dataset", "held_out"):
        name = (cfg.get(group) or {}).get("name")
        if name is not None and (Path(str(name)).name != name or "\\" in name):
            raise LangmixError(f"{group}.name={name}: must be a name without / and \\, as files are called by it")
    if isinstance(cfg.seed, bool) or not isinstance(cfg.seed, int) or cfg.seed < 0:
        raise LangmixError(f"seed={cfg.seed}: must be a whole number from 0")
    for key in ("train", "tracking.models", "retrieval.run_files"):
        if not isinstance(value := OmegaConf.select(cfg, key), bool):
            raise LangmixError(f"{key}={value}: must be true or false")
    if cfg.retrieval.precision not in {"fp32", "bf16"}:
        raise LangmixError(f"retrieval.precision={cfg.retrieval.precision}: must be fp32 or bf16")
    for key in ("batch_tokens", "run_depth"):
        value = cfg.retrieval[key]
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise LangmixError(f"retrieval.{key}={value}: must be a whole number from 1")
    gib = cfg.store.embeddings_gib
    if isinstance(gib, bool) or not isinstance(gib, int | float) or not gib >= 0:
        raise LangmixError(f"store.embeddings_gib={gib}: must be a number from 0")


def tracker(cfg: DictConfig) -> "Tracker":
    """The experiment of a configuration in its store, opened once by each process.

    Raises:
        LangmixError: It cannot be opened.
    """
    return _tracker(str(cfg.store.root), cfg.store.tracking_uri, cfg.tracking.experiment)


@cache
def _tracker(root: str, tracking_uri: str | None, experiment: str) -> "Tracker":
    from langmix.tracking.runs import Tracker

    return Tracker.open(Store.open(root, tracking_uri), experiment)


def corpus_and_sampler(cfg: DictConfig) -> tuple[ParallelCorpus, Sampler]:
    """The training corpus of a configuration and the sampler over it.

    Raises:
        LangmixError: The configuration trains nothing, a value is wrong, or the corpus cannot serve the sampler.
    """
    if "_target_" not in cfg.sampler:
        raise LangmixError(f"sampler={cfg.sampler.name}: trains nothing, so it has no batches")
    corpus: ParallelCorpus = shared(cfg.corpus, split="train")
    sampler: Sampler = build(cfg.sampler, corpus=corpus, batch_size=settings(cfg).batch_size, seed=cfg.seed)
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


def shared(cfg: DictConfig, **arguments: str) -> Any:
    """As `build`, but the cells of a sweep, which share data, read and hash it once."""
    return _kept(json.dumps(plain(cfg)), **arguments)


@lru_cache(maxsize=8)
def _kept(config: str, **arguments: str) -> Any:
    return build(OmegaConf.create(json.loads(config)), **arguments)


def plain(cfg: DictConfig) -> dict[str, Any]:
    """A configuration with everything resolved, as plain mappings and lists."""
    return cast("dict[str, Any]", OmegaConf.to_container(cfg, resolve=True))


def settings(cfg: DictConfig) -> Settings:
    """Hyper-parameters of a configuration.

    Raises:
        LangmixError: A value has the wrong type or range.
    """
    return Settings(**plain(cfg.training))
