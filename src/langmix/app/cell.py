"""One cell of the grid, from configuration to tracked result."""

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from omegaconf import OmegaConf

from langmix.app.parts import audited, tracker, training
from langmix.cell_key import CellKey
from langmix.collection.overlap import LEAKS
from langmix.encoder.speed import fastest_product, warn_of_slow_bf16
from langmix.errors import LangmixError
from langmix.evaluation.evaluate import evaluate
from langmix.evaluation.fitting import parallel_embeddings
from langmix.finished import is_finished
from langmix.scoring.index import nearest
from langmix.scoring.texts import KeptEmbeddings
from langmix.store.contents import make_room
from langmix.studies.inputs import Inputs
from langmix.studies.reuse import reusable
from langmix.tracking.cell import BECAUSE, SECONDS, TRAINED_BY
from langmix.tracking.provenance import PREFIX
from langmix.tracking.read import models_in_use
from langmix.training.model import trained

if TYPE_CHECKING:
    import pandas as pd

    from langmix.configuration.opened import Configuration
    from langmix.encoder.backbone import Backbone
    from langmix.evaluation.evaluate import Evaluation
    from langmix.store import Store
    from langmix.tracking.run import Run
    from langmix.tracking.runs import Tracker

_BECAUSE = BECAUSE.removeprefix(PREFIX)
_TREC = "trec"  # folder of run files and judgements

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
    store: "Store"


def run(
    asked: "Configuration", output: Path, sweep_id: str | None, extra_tags: Mapping[str, str] | None = None
) -> Outcome | None:
    """Train (unless trained before), evaluate and track one cell; in a sweep, take it over where it is finished.

    Wrong input is found before anything is trained or tracked; in a sweep it is tracked as a failed cell.

    Args:
        asked: The configuration.
        output: Folder for ``metrics.json``, tables and plots.
        sweep_id: MLflow run of the sweep the cell belongs to.
        extra_tags: Facts under langmix's own name to tag the run with.

    Returns:
        What was measured; None where the result of an earlier run was taken over.

    Raises:
        LangmixError: Whatever the user can put right.
    """
    if sweep_id is None:
        asked.check()  # before the store is touched
    runs = tracker(asked)
    try:
        inputs = read(asked)
    except LangmixError:
        if sweep_id is None:
            raise
        with runs.cell(asked.key, asked.values, {}, sweep_id) as tracked:
            _keep(asked, output, tracked)
            raise
    key = replace(asked.key, backbone=inputs.backbone.name)  # an offline stand-in has a name of its own
    tags = {**inputs.tags, **(extra_tags or {})}
    if sweep_id is not None:
        made, tags[_BECAUSE] = reusable(runs, inputs.identity, output) if asked.reuse else (None, "reuse=false")
        if made is not None:
            log.info("%s on %s: %s", key.name, key.dataset, tags[_BECAUSE])
            runs.take_over(made, key, asked.values, inputs.data(asked.values), tags, sweep_id)
            return None
    start = time.monotonic()
    with runs.cell(key, asked.values, tags, sweep_id) as tracked:
        _keep(asked, output, tracked)
        tracked.log_inputs(inputs.data(asked.values))
        backbone = inputs.backbone
        if inputs.training:
            model = trained(inputs.training, backbone, runs.store.models / inputs.model, tracked.log_step)
            tracked.log_tags({TRAINED_BY: model.code})
            if model.other_code and _BECAUSE in tags:
                tracked.log_tags({BECAUSE: f"{tags[_BECAUSE]}; {model.other_code}"})
            if asked.tracking.models:
                _log_encoder(runs, tracked, replace(backbone, changes=model.changes), inputs.model, key)
            origin = f"langmix:{inputs.model} from {backbone.origin}"
            backbone = replace(backbone, changes=model.changes, origin=origin)
        found = _evaluated(asked, backbone, inputs)
        files = found.write(output, inputs.identity, key.name, untrained=key.untouched)
        tracked.log_metrics(found.tracked)
        for file in files:
            tracked.log_artifact(file)
        _write_run_files(asked, found, key.name, output, tracked)
        tracked.log_tags({SECONDS: f"{time.monotonic() - start:.1f}"})
    _make_room(asked, runs.store)
    return Outcome(tracked.id, key, found.results.languages, runs.store)


def stop(asked: "Configuration", sweep_id: str) -> None:
    """Let no further cell of a sweep begin."""
    tracker(asked).stop_sweep(sweep_id, f"on_error=stop, and {asked.key.name} on {asked.key.dataset} failed")


def stopped(asked: "Configuration", sweep_id: str) -> str:
    """Why a sweep is stopped; empty while it is not."""
    return tracker(asked).stopped(sweep_id)


def skip(asked: "Configuration", sweep_id: str, reason: str) -> None:
    """List a cell that a stopped sweep does not come to."""
    tracker(asked).skip(asked.key, reason, sweep_id)


def read(asked: "Configuration") -> Inputs:
    """What a cell is made from; what is quick to find wrong is read first.

    Raises:
        LangmixError: Something is wrong with it.
    """
    asked.check()
    to_train = training(asked.to_train) if asked.trains else None
    collection, backbone = asked.dataset.shared(), asked.backbone.build()
    adjustment = asked.baseline.values
    if asked.fit:
        adjustment |= {"fit_on": asked.fit.corpus.shared().fingerprint, "fit_pairs": asked.fit.pairs}
    ranking = {"retrieval": asked.ranking, "baseline": adjustment}
    inputs = Inputs(collection, backbone, to_train, ranking)
    if asked.encoding[0] == "bf16":
        warn_of_slow_bf16(asked.store, "encoding", "retrieval.precision")
    if to_train and not is_finished(asked.store.models / inputs.model):
        _audit(asked)
        _ = to_train.negatives_left  # which takes a second, and is no use to whoever trains nothing
        if to_train.settings.precision == "bf16":
            warn_of_slow_bf16(asked.store, "training", "training.precision")
    return inputs


def _audit(asked: "Configuration") -> None:
    """Look for what is evaluated on in what is to be trained on, where that is asked for."""
    if asked.audit == "none":
        return
    found = audited(asked.to_train.corpus, asked.dataset)
    leaks = ", ".join(f"{found.found[kind]} of {found.compared[kind]} ({kind})" for kind in LEAKS if found.found[kind])
    if not leaks:
        log.info("audit: no question and no candidate of %s is in %s", asked.key.dataset, asked.to_train.corpus.name)
        return
    told = f"texts of {asked.key.dataset} are in {asked.to_train.corpus.name}: {leaks}; langmix data audit lists them"
    if asked.audit == "fail":
        raise LangmixError(f"audit=fail: {told}")
    log.warning("audit: %s", told)


def _evaluated(asked: "Configuration", backbone: "Backbone", inputs: Inputs) -> "Evaluation":
    fit = asked.fit
    product = fastest_product(asked.store, "encoding", asked.encoding[0])
    texts = KeptEmbeddings(backbone, *asked.encoding, product, asked.store.embeddings, asked.place.embeddings_gib)
    fitted = (lambda: parallel_embeddings(texts, fit.corpus.shared(), fit.pairs)) if fit else None
    index = partial(nearest, index=asked.index, folder=asked.store.indexes) if asked.index else None
    return evaluate(texts, inputs.collection, asked.baseline.partial(), fitted, index)


def _make_room(asked: "Configuration", store: "Store") -> None:
    """Let models go that were not used for the longest time, where their space is limited."""
    if asked.trains and asked.place.models_gib is not None:
        make_room(store, int(asked.place.models_gib * 2**30), models_in_use(store))


def _log_encoder(runs: "Tracker", tracked: "Run", backbone: "Backbone", model: str, key: CellKey) -> None:
    """Log a trained encoder to MLflow, whole."""
    from langmix.encoder.encoder import Encoder
    from langmix.encoder.export import export

    encoder = Encoder.load(backbone)
    with TemporaryDirectory() as scratch:
        export(encoder.model, encoder.tokenizer, backbone, Path(scratch) / "encoder")
        runs.log_encoder(tracked, Path(scratch) / "encoder", model, key)


def _write_run_files(asked: "Configuration", found: "Evaluation", name: str, output: Path, tracked: "Run") -> None:
    """Rankings and judgements for trec_eval and its like, where they are asked for."""
    if not asked.retrieval.run_files:
        return
    from langmix.scoring.trec import write_trec

    write_trec(found.collection, found.scoring, asked.retrieval.run_depth, name, output / _TREC)
    for path in sorted((output / _TREC).iterdir()):
        tracked.log_artifact(path, _TREC)


def _keep(asked: "Configuration", output: Path, tracked: "Run") -> None:
    """Keep what the cell was asked to do, before it can fail."""
    output.mkdir(parents=True, exist_ok=True)
    OmegaConf.save(OmegaConf.create(asked.values), output / "config.yaml")
    tracked.log_artifact(output / "config.yaml")
