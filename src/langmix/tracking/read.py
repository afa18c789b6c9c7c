"""Tracked cells read back from the store."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlparse

from langmix.errors import LangmixError
from langmix.store import Store
from langmix.tracking.cell import DATASET_FINGERPRINT, MODEL, PARENT, REUSED, Cell
from langmix.tracking.client import connect, one_line_errors
from langmix.tracking.mirror import Mirror
from langmix.tracking.provenance import PREFIX
from langmix.tracking.search import search

if TYPE_CHECKING:
    from mlflow.entities import Run as MlflowRun

USES = (MODEL, *(PREFIX + name for name in ("fingerprint.corpus", "backbone_origin")))
"""Tags that name what of the store a run was made from."""


def cell(store: Store, run_id: str) -> Cell:
    """Return one tracked cell.

    Raises:
        LangmixError: when there is no such run, or it is a sweep.
    """
    found = Cell.from_run(_get_run(store, run_id))
    if found is None:
        raise LangmixError(f"run {run_id}: is no cell; give one of its children")
    return found


def children(store: Store, sweep_id: str) -> list[Cell]:
    """Return the cells of a sweep, in the order they were started.

    Raises:
        LangmixError: when there is no such run.
    """
    parent = _get_run(store, sweep_id)
    return _cells(store, parent.info.experiment_id, f"tags.`{PARENT}` = '{sweep_id}'")


def cells(store: Store, experiment: str) -> list[Cell]:
    """Return every cell of an experiment, in the order they were started; each result once, however often reused.

    Raises:
        LangmixError: when there is no such experiment.
    """
    client = connect(store.tracking_uri)
    with one_line_errors(store.tracking_uri):
        found = client.get_experiment_by_name(experiment)
    if found is None:
        raise LangmixError(f"experiment {experiment!r}: not in {store.tracking_uri}")
    return [found for found in _cells(store, found.experiment_id, "") if REUSED not in found.tags]


def experiments(store: Store, some: Sequence[Cell]) -> list[str]:
    """Return MLflow's ids of the experiments that cells are of, each once."""
    return list(dict.fromkeys(_get_run(store, each.run_id).info.experiment_id for each in some))


def selected(store: Store, names: Sequence[str], where: str | None, experiment: str) -> list[Cell]:
    """Return the finished cells that names and a filter point to, in the order of the names; each once.

    Of a sweep or an experiment, cells that did not finish are left out, and of cells that were made twice only the
    newest stays. What is named by its own id is not sorted out so.

    Args:
        store: where to look.
        names: ids of cells and of sweeps, and names of experiments; none: the experiment of the configuration.
        where: an MLflow filter that cells have to meet, such as `params.corpus = 'atlas'`.
        experiment: of the configuration.

    Raises:
        LangmixError: when there is no such run or experiment, a run that is named by its id did not finish, the filter
            cannot be read, or nothing is left.
    """
    client = connect(store.tracking_uri)
    found: dict[str, Cell] = {}
    for name in names or [experiment]:
        with one_line_errors(store.tracking_uri):
            named = client.get_experiment_by_name(name)
        if named is not None:
            found |= {each.run_id: each for each in _newest(cells(store, name))}
            continue
        run = Cell.from_run(_get_run(store, name))
        if run is None:
            found |= {each.run_id: each for each in _newest(children(store, name))}
        elif run.status != "FINISHED":
            raise LangmixError(f"run {name}: is {run.status.lower()}; only finished runs can be compared")
        else:
            found[name] = run
    if where is not None:
        meeting = _meeting(store, where)
        found = {run_id: each for run_id, each in found.items() if run_id in meeting}
    if not found:
        place = f"in {' '.join(names)}" if names else f"in experiment {experiment!r}"
        raise LangmixError(f"no finished cell {place}" + (f" meets the filter {where}" if where is not None else ""))
    return list(found.values())


def _newest(made: Sequence[Cell]) -> list[Cell]:
    """The finished ones, the last of each arm, data set and seed, in the order in which these were first made."""
    newest: dict[tuple[str, str, int], Cell] = {}
    for each in made:
        if each.status == "FINISHED":
            newest[each.arm, each.tags.get(DATASET_FINGERPRINT, ""), each.key.seed] = each
    return list(newest.values())


def _meeting(store: Store, where: str) -> set[str]:
    """Ids of the runs of all experiments that meet a filter."""
    client = connect(store.tracking_uri)
    with one_line_errors(store.tracking_uri):
        return {
            run.info.run_id
            for experiment in client.search_experiments()
            for run in search(client, experiment.experiment_id, where)
        }


def maker(store: Store, made: Cell) -> Cell:
    """Return the cell that a result was made as: another one where it was taken over."""
    return maker(store, cell(store, made.tags[REUSED])) if REUSED in made.tags else made


def artifact(store: Store, run_id: str, name: str) -> Path:
    """Return the path of a file or folder among a run's artifacts.

    A cell whose result was taken over has the artifacts of the run that made it.

    Raises:
        LangmixError: when the run has no such artifact.
    """
    run = _get_run(store, run_id)
    if REUSED in run.data.tags:
        return artifact(store, run.data.tags[REUSED], name)
    location = urlparse(run.info.artifact_uri)
    path = Path(unquote(location.path)) / name
    if not path.exists():
        raise LangmixError(f"run {run_id}: has no artifact {name} (looked for {path})")
    return path


def fetch(store: Store, mirror: str | None, names: Sequence[str]) -> list[str]:
    """Fetch the runs that a store does not know from its mirror; return the names with ids as they are here.

    Args:
        store: where runs are to be.
        mirror: MLflow's address of the mirror; None where there is none.
        names: ids of cells and sweeps, and names of experiments.

    Raises:
        LangmixError: when a run is neither here nor there, or the mirror does not answer.
    """
    return [Mirror(store, mirror).fetch(name) if mirror and not _known(store, name) else name for name in names]


def models_in_use(store: Store) -> set[str]:
    """Return the names of the models that runs which are going on are tagged to use."""
    client, found = connect(store.tracking_uri), set[str]()
    with one_line_errors(store.tracking_uri):
        for experiment in client.search_experiments():
            going_on = search(client, experiment.experiment_id, "attributes.status = 'RUNNING'")
            found |= {run.data.tags[MODEL] for run in going_on if MODEL in run.data.tags}
    return found


def users(store: Store) -> dict[str, list[str]]:
    """Return the ids of finished and running runs by what they are tagged to have used."""
    client, found = connect(store.tracking_uri), dict[str, list[str]]()
    with one_line_errors(store.tracking_uri):
        for experiment in client.search_experiments():
            for run in search(client, experiment.experiment_id, ""):
                if run.info.status in {"FINISHED", "RUNNING"}:
                    for tag in USES:
                        if name := run.data.tags.get(tag):
                            found.setdefault(name, []).append(run.info.run_id)
    return found


def _known(store: Store, name: str) -> bool:
    from mlflow.exceptions import MlflowException

    client = connect(store.tracking_uri)
    if client.get_experiment_by_name(name) is not None:
        return True
    try:
        client.get_run(name)
    except MlflowException:
        return False
    return True


def _cells(store: Store, experiment_id: str, condition: str) -> list[Cell]:
    with one_line_errors(store.tracking_uri):
        runs = search(connect(store.tracking_uri), experiment_id, condition)
        return [found for found in map(Cell.from_run, runs) if found is not None]


def _get_run(store: Store, run_id: str) -> "MlflowRun":
    with one_line_errors(store.tracking_uri):
        return connect(store.tracking_uri).get_run(run_id)
