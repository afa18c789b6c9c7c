"""One cell of the grid, from configuration to tracked result."""

import logging
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig, OmegaConf

from langmix.app.evaluation import TextEncoder, evaluate
from langmix.app.parts import build, check
from langmix.app.training import Training, load_training, trained
from langmix.errors import LangmixError
from langmix.tracking.cell import UNTRAINED, CellKey
from langmix.tracking.fingerprint import fingerprint
from langmix.tracking.store import Store

if TYPE_CHECKING:
    import pandas as pd

    from langmix.benchmark import Benchmark
    from langmix.encoder.backbone import Backbone
    from langmix.tracking.run import Run

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outcome:
    """What a cell produced.

    Attributes:
        run_id: MLflow run it was tracked as.
        key: Which cell it is.
        languages: Means by query language: columns ``setting``, ``query_language`` and the measures.
        store: Where it was tracked.
    """

    run_id: str
    key: CellKey
    languages: "pd.DataFrame"
    store: Store


@dataclass(frozen=True)
class _Inputs:
    """Everything a cell is made from, read and found good."""

    benchmark: "Benchmark"
    backbone: "Backbone"
    training: Training | None

    @property
    def model(self) -> str:
        """Name of the trained model in the store: hash of all that decides its weights."""
        return fingerprint(self.training.identity(self.backbone)) if self.training else ""

    @property
    def tags(self) -> dict[str, str]:
        tags = {"backbone_origin": self.backbone.origin, "fingerprint.dataset": self.benchmark.fingerprint}
        if self.training:
            tags["fingerprint.training"] = self.model
            tags["fingerprint.corpus"] = self.training.train[0].fingerprint
        return tags


def run(cfg: DictConfig, output: Path, sweep_id: str | None) -> Outcome:
    """Train (unless trained before), evaluate and track one cell.

    Wrong input is found before anything is trained or tracked; in a sweep it is tracked as a failed cell.

    Args:
        cfg: The whole configuration.
        output: Folder for ``metrics.json``, tables and plots.
        sweep_id: MLflow run of the sweep the cell belongs to.

    Raises:
        LangmixError: Whatever the user can put right.
    """
    check(cfg)
    store = Store.open(cfg.store.root, cfg.store.tracking_uri)
    key = cell_key(cfg)
    config: dict[str, Any] = OmegaConf.to_container(cfg, resolve=True)  # type: ignore[assignment]

    def track(key: CellKey, tags: dict[str, str]) -> AbstractContextManager["Run"]:
        from langmix.tracking.runs import Tracker

        return Tracker.open(store, cfg.tracking.experiment).cell(key, config, tags, sweep_id)

    try:
        inputs = _read(cfg)
    except LangmixError:
        if sweep_id is None:
            raise
        with track(key, {}):
            raise
    key = replace(key, backbone=inputs.backbone.name)  # an offline stand-in has a name of its own
    quieten()
    with track(key, inputs.tags) as tracked:
        backbone = inputs.backbone
        if inputs.training:
            folder = trained(inputs.training, backbone, store.models / inputs.model, tracked.log_step)
            backbone = replace(backbone, folder=folder, origin=f"langmix:{inputs.model} from {backbone.origin}")
        texts = TextEncoder(backbone, cfg.retrieval, store.embeddings, cfg.store.embeddings_gib)
        languages = evaluate(cfg, texts, inputs.benchmark, output, key, tracked)
    return Outcome(tracked.id, key, languages, store)


def _read(cfg: DictConfig) -> _Inputs:
    """Read what is quick to find wrong first."""
    training = load_training(cfg) if trains(cfg) else None
    return _Inputs(build(cfg.dataset), build(cfg.backbone), training)


def quieten() -> None:
    """No bars for loading and writing weights: they take a second, and break lines that others write."""
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]


def trains(cfg: DictConfig) -> bool:
    """Whether the cell fine-tunes its backbone."""
    return bool(cfg.train) and cfg.sampler.name != UNTRAINED


def cell_key(cfg: DictConfig) -> CellKey:
    """Which cell of the grid a configuration describes."""
    sampler = cfg.sampler.name if trains(cfg) else UNTRAINED
    if trains(cfg) and cfg.sampler.get("alpha_end") is not None:  # an arm of its own, and none of the published ones
        sampler = f"{sampler}-{cfg.sampler.alpha_schedule} to {cfg.sampler.alpha_end:g}"
    alpha = cfg.sampler.get("alpha") if trains(cfg) else None
    return CellKey(cfg.backbone.name, sampler, dataset_name(cfg), cfg.seed, alpha, baseline_name(cfg))


def baseline_name(cfg: DictConfig) -> str:
    """Name of the training-free adjustment."""
    return str(cfg.baseline._target_.rsplit(".", 1)[-1])


def dataset_name(cfg: DictConfig) -> str:
    """Name of the benchmark, the first part of its metrics' names."""
    return str(cfg.dataset.get("name") or cfg.dataset._target_.rsplit(".", 1)[-1])
