"""One cell of the grid, from configuration to tracked result."""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig, OmegaConf

import langmix
from langmix.app.evaluation import TextEncoder, evaluate
from langmix.app.parts import build, check, plain, shared, tracker
from langmix.app.reuse import reusable
from langmix.app.training import Training, load_training, trained
from langmix.errors import LangmixError
from langmix.fingerprint import fingerprint
from langmix.finished import is_finished
from langmix.software import versions
from langmix.store import Store
from langmix.tracking.cell import ARM, ARM_FINGERPRINT, BECAUSE, FINGERPRINT, TRAINED_BY, UNTRAINED, CellKey
from langmix.tracking.parameters import flatten
from langmix.tracking.provenance import PREFIX
from langmix.tracking.run import LONGEST_TAG, Data

if TYPE_CHECKING:
    import pandas as pd

    from langmix.collection import Collection
    from langmix.corpus import ParallelCorpus
    from langmix.encoder.backbone import Backbone
    from langmix.tracking.run import Run

# Groups and values that training is made from.
_TRAINING = ("corpus", "validation", "held_out", "sampler", "negatives", "training", "retrieval", "seed")

_SPLITS = {"corpus": "train", "validation": "validation"}  # data of an arm -> what its recipe calls it

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

    collection: "Collection"
    backbone: "Backbone"
    training: Training | None
    ranking: Mapping[str, Any]  # what is done at evaluation, and on what texts it is fitted

    @property
    def model(self) -> str:
        """Name of the trained model in the store: hash of all that decides its weights."""
        return fingerprint(self.training.identity(self.backbone)) if self.training else ""

    @property
    def cell(self) -> str:
        """Hash of all that decides the cell's figures; whatever a release changes is taken to be among it."""
        return fingerprint(
            {
                "model": self.model or self.backbone.identity,
                "collection": [self.collection.name, self.collection.fingerprint],
                "ranking": self.ranking,
                "versions": {"langmix": langmix.__version__, **versions()},
            }
        )

    @property
    def recipe(self) -> dict[str, Any]:
        """All that the cell has in common with other seeds of it, whatever they are evaluated on."""
        made = self.training.recipe(self.backbone) if self.training else {"backbone": self.backbone.identity}
        retrieval = {key: self.ranking["retrieval"][key] for key in ("precision", "batch_tokens")}
        return {**made, "retrieval": retrieval, "baseline": self.ranking["baseline"], "software": versions()}

    def data(self, config: Mapping[str, Any]) -> list[Data]:
        """What the cell is made from, for the pages of MLflow."""
        collection = self.collection
        sizes = {"queries": len(collection.query_ids), "candidates": len(collection.candidate_ids)}
        facts = {"languages": list(collection.languages)} | sizes
        data = [Data("evaluation", collection.name, collection.fingerprint, config["dataset"], facts)]
        if self.training:
            validation = config.get("validation") or config["corpus"]
            for context, (corpus, _), source in (
                ("training", self.training.train, config["corpus"]),
                ("validation", self.training.validation, validation),
            ):
                facts = {"languages": list(corpus.languages), "pairs": len(corpus)}
                data.append(Data(context, corpus.name, corpus.fingerprint, source, facts))
        return data

    @property
    def tags(self) -> dict[str, str]:
        tags = {
            "backbone_origin": self.backbone.origin,
            "fingerprint.dataset": self.collection.fingerprint,
            FINGERPRINT.removeprefix(PREFIX): self.cell,
            ARM_FINGERPRINT.removeprefix(PREFIX): fingerprint(self.recipe),
            ARM.removeprefix(PREFIX): self._arm(),
        }
        if self.training:
            tags["fingerprint.training"] = self.model
            tags["fingerprint.corpus"] = self.training.train[0].fingerprint
        return tags

    def _arm(self) -> str:
        recipe = flatten(self.recipe)
        if self.training:
            # Of data its name, and a hash for those that share one.
            content = {f"{key}.content": recipe.pop(f"corpus.{split}") for key, split in _SPLITS.items()}
            recipe |= content | self.training.data
        text = json.dumps(recipe, ensure_ascii=False, sort_keys=True)
        if len(text) > LONGEST_TAG:
            raise LangmixError(
                f"the configuration that makes the cell has {len(text)} characters; MLflow's tags take {LONGEST_TAG}"
            )
        return text


def run(
    cfg: DictConfig,
    output: Path,
    sweep_id: str | None,
    extra_tags: Mapping[str, str] | None = None,
) -> Outcome | None:
    """Train (unless trained before), evaluate and track one cell; in a sweep, take it over where it is finished.

    Wrong input is found before anything is trained or tracked; in a sweep it is tracked as a failed cell.

    Args:
        cfg: The whole configuration.
        output: Folder for ``metrics.json``, tables and plots.
        sweep_id: MLflow run of the sweep the cell belongs to.
        extra_tags: Facts under langmix's own name to tag the run with.

    Returns:
        What was measured; None where the result of an earlier run was taken over.

    Raises:
        LangmixError: Whatever the user can put right.
    """
    if sweep_id is None:
        check(cfg)  # before the store is touched
    runs = tracker(cfg)
    store, config = runs.store, plain(cfg)
    try:
        check(cfg)
        inputs = _read(cfg, config)
        if inputs.training and not is_finished(store.models / inputs.model):
            _ = inputs.training.negatives_left  # which takes a second, and is no use to whoever trains nothing
    except LangmixError:
        if sweep_id is None:
            raise
        with runs.cell(cell_key(cfg), config, {}, sweep_id) as tracked:
            _keep(cfg, output, tracked)
            raise
    key = replace(cell_key(cfg), backbone=inputs.backbone.name)  # an offline stand-in has a name of its own
    tags = {**inputs.tags, **(extra_tags or {})}
    if sweep_id is not None:
        made, because = (
            reusable(runs, inputs.cell, inputs.collection.fingerprint, output) if cfg.reuse else (None, "reuse=false")
        )
        tags[BECAUSE.removeprefix(PREFIX)] = because
        if made is not None:
            log.info("%s on %s: %s", key.name, key.dataset, because)
            runs.take_over(made, key, config, inputs.data(config), tags, sweep_id)
            return None
    quieten()
    with runs.cell(key, config, tags, sweep_id) as tracked:
        _keep(cfg, output, tracked)
        tracked.log_inputs(inputs.data(config))
        backbone = inputs.backbone
        if inputs.training:
            model = trained(inputs.training, backbone, store.models / inputs.model, tracked.log_step)
            tracked.log_tags({TRAINED_BY: model.code})
            if model.other_code and BECAUSE.removeprefix(PREFIX) in tags:
                tracked.log_tags({BECAUSE: f"{tags[BECAUSE.removeprefix(PREFIX)]}; {model.other_code}"})
            backbone = replace(backbone, folder=model.encoder, origin=f"langmix:{inputs.model} from {backbone.origin}")
            if cfg.tracking.models:
                runs.log_encoder(tracked, model.encoder, inputs.model, key)
        texts = TextEncoder(backbone, cfg.retrieval, store.embeddings, cfg.store.embeddings_gib)
        identity = {"cell": inputs.cell, "collection": inputs.collection.fingerprint}
        languages = evaluate(cfg, texts, inputs.collection, output, key, tracked, identity)
    return Outcome(tracked.id, key, languages, store)


def _keep(cfg: DictConfig, output: Path, tracked: "Run") -> None:
    """Keep what the cell was asked to do, before it can fail."""
    output.mkdir(parents=True, exist_ok=True)
    OmegaConf.save(cfg, output / "config.yaml", resolve=True)
    tracked.log_artifact(output / "config.yaml")


def stop(cfg: DictConfig, sweep_id: str) -> None:
    """Let no further cell of a sweep begin."""
    key = cell_key(cfg)
    tracker(cfg).stop_sweep(sweep_id, f"on_error=stop, and {key.name} on {key.dataset} failed")


def stopped(cfg: DictConfig, sweep_id: str) -> str:
    """Why a sweep is stopped; empty while it is not."""
    return tracker(cfg).stopped(sweep_id)


def skip(cfg: DictConfig, sweep_id: str, reason: str) -> None:
    """List a cell that a stopped sweep does not come to."""
    tracker(cfg).skip(cell_key(cfg), reason, sweep_id)


def _read(cfg: DictConfig, config: dict[str, Any]) -> _Inputs:
    """Read what is quick to find wrong first."""
    training = None
    if trains(cfg):
        training = _training(json.dumps({key: config[key] for key in _TRAINING if key in config}))
    collection: Collection = shared(cfg.dataset)
    backbone: Backbone = build(cfg.backbone)
    return _Inputs(collection, backbone, training, _ranking(cfg, config))


def _ranking(cfg: DictConfig, config: dict[str, Any]) -> dict[str, Any]:
    baseline = dict(config["baseline"])
    if "fit_on" in baseline:
        corpus: ParallelCorpus = shared(cfg.baseline.fit_on)
        baseline["fit_on"] = corpus.fingerprint
    return {"retrieval": config["retrieval"], "baseline": baseline}


@lru_cache(maxsize=4)  # cells of a sweep share it
def _training(config: str) -> Training:
    return load_training(OmegaConf.create(json.loads(config)))


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
    hard = cfg.negatives._target_.rsplit(".", 1)[-1]
    if trains(cfg) and hard != "none":  # likewise
        sampler = f"{sampler}+{hard}"
    alpha = cfg.sampler.get("alpha") if trains(cfg) else None
    return CellKey(cfg.backbone.name, sampler, dataset_name(cfg), cfg.seed, alpha, baseline_name(cfg))


def baseline_name(cfg: DictConfig) -> str:
    """Name of the training-free adjustment."""
    return str(cfg.baseline._target_.rsplit(".", 1)[-1])


def dataset_name(cfg: DictConfig) -> str:
    """Name of the collection, the first part of its metrics' names."""
    return str(cfg.dataset.get("name") or cfg.dataset._target_.rsplit(".", 1)[-1])
