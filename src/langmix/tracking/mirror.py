"""Runs in another MLflow store: brought up to date there from where they stand, or fetched from there."""

import logging
import math
import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock

from langmix.errors import LangmixError
from langmix.process import Terminated
from langmix.tracking.cell import FINGERPRINT, PARENT, REUSED
from langmix.tracking.client import connect, insert
from langmix.tracking.experiment import experiment_id
from langmix.tracking.provenance import PREFIX
from langmix.tracking.search import search

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import FileInfo
    from mlflow.entities import Run as MlflowRun

    from langmix.store import Store

COPY_OF = PREFIX + "copy_of"
"""Tag of a run that was made in one MLflow store and copied to another: its id in the former."""

SILENCE = 60.0
"""Seconds for which a mirror that failed is not asked again, so that nothing waits for it."""

_LINKS = (PARENT, REUSED)  # tags that hold ids of runs
_PER_REQUEST = 100  # the fewest that MLflow takes at once, of parameters and tags

log = logging.getLogger(__name__)


class Mirror:
    """An MLflow store that is kept up to date with a store's own runs.

    What it fails at is said once and left: the runs are whole in the store, and `sync` brings them up to date later.

    Args:
        store: Whose runs they are.
        tracking_uri: MLflow's address of the mirror.
    """

    def __init__(self, store: "Store", tracking_uri: str) -> None:
        self.tracking_uri = tracking_uri
        self._store = store
        self._asked_again = 0.0

    def update(self, run_id: str) -> None:
        """Bring a run up to date in the mirror, unless that fails or failed a moment ago."""
        self._attempt(lambda: self.push(run_id))

    def update_behind(self, run_ids: Collection[str]) -> None:
        """Bring those of some runs up to date that the mirror is behind with, unless that fails."""
        self._attempt(lambda: [self.push(run_id) for run_id in self.behind() if run_id in run_ids])

    def attempt_log(self, run_id: str, log_model: "Callable[[MlflowClient, MlflowRun], None]") -> None:
        """Log a model to the run's copy in the mirror, unless that fails or failed a moment ago."""

        def model() -> None:
            client = connect(self.tracking_uri)
            log_model(client, client.get_run(self.push(run_id)))

        self._attempt(model)

    def push(self, run_id: str) -> str:
        """Bring a run up to date in the mirror, and return its id there.

        Raises:
            LangmixError: The mirror does not answer, or not as MLflow does.
        """
        with answering(self.tracking_uri):
            return _Copying(self._store, connect(self._store.tracking_uri), connect(self.tracking_uri), None).run(
                run_id
            )

    def fetch(self, run_id: str) -> str:
        """Bring a run of the mirror, and the cells of a sweep, up to date in the store; return its id there.

        Raises:
            LangmixError: The mirror does not answer, not as MLflow does, or knows no such run.
        """
        with answering(self.tracking_uri):
            there, here = connect(self.tracking_uri), connect(self._store.tracking_uri)
            copying = _Copying(self._store, there, here, self._store.artifact_root.as_uri())
            run = there.get_run(run_id)
            for child in search(there, run.info.experiment_id, f"tags.`{PARENT}` = '{run_id}'"):
                copying.run(child.info.run_id)
            return copying.run(run_id)

    def fetch_finished(self, experiment: str, fingerprint: str) -> None:
        """Fetch the newest finished run that made a cell, if there is one and the mirror answers."""

        def newest() -> None:
            client = connect(self.tracking_uri)
            found = client.get_experiment_by_name(experiment)
            condition = f"tags.`{FINGERPRINT}` = '{fingerprint}' and attributes.status = 'FINISHED'"
            made = [] if found is None else list(search(client, found.experiment_id, condition))
            if made:
                self.fetch(made[-1].info.run_id)

        self._attempt(newest)

    def behind(self) -> list[str]:
        """Ids of the store's runs that the mirror has not got, or not as they are, sweeps after their cells.

        Raises:
            LangmixError: The mirror does not answer, or not as MLflow does.
        """
        here = connect(self._store.tracking_uri)
        with answering(self.tracking_uri):
            there = connect(self.tracking_uri)
            standing = {
                run.data.tags.get(COPY_OF, ""): run.info.status
                for experiment in there.search_experiments()
                for run in search(there, experiment.experiment_id, "")
            }
            missing = [
                run
                for experiment in here.search_experiments()
                for run in search(here, experiment.experiment_id, "")
                if run.info.status == "RUNNING" or standing.get(run.info.run_id) != run.info.status
                if COPY_OF not in run.data.tags  # fetched from there
            ]
        return [run.info.run_id for run in sorted(missing, key=lambda run: PARENT not in run.data.tags)]

    def _attempt(self, request: "Callable[[], Any]") -> None:
        if time.monotonic() < self._asked_again:
            return
        try:
            with answering(self.tracking_uri):
                request()
        except LangmixError as error:
            self._asked_again = time.monotonic() + SILENCE
            _warn_once(self.tracking_uri, str(error))


def sync(store: "Store", tracking_uri: str) -> list[str]:
    """Bring a mirror up to date with all runs of a store; return the ids of those that it was behind with.

    Sent twice is sent once: an interrupted `sync` is done again.

    Raises:
        LangmixError: The mirror does not answer, or not as MLflow does.
    """
    mirror = Mirror(store, tracking_uri)
    behind = mirror.behind()
    for run_id in behind:
        mirror.push(run_id)
    return behind


@contextmanager
def answering(tracking_uri: str) -> Iterator[None]:
    """Turn whatever a request to another MLflow store raises into one line.

    Raises:
        LangmixError: Something was raised inside the block.
    """
    try:
        yield
    except (KeyboardInterrupt, Terminated):
        raise
    except LangmixError:
        raise
    except Exception as error:  # what answers there need not be MLflow, and MLflow reads it as it comes
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise LangmixError(f"MLflow mirror {tracking_uri}: {lines[0][:300]}") from error


_warned: set[str] = set()


def _warn_once(tracking_uri: str, reason: str) -> None:
    if tracking_uri not in _warned:
        _warned.add(tracking_uri)
        log.warning("%s; everything is kept here, and 'langmix store sync' sends it", reason)


class _Copying:
    """Runs of one MLflow store as runs of another, each found again by a tag.

    Args:
        store: Whose processes must not begin the same copy twice.
        source: Client of the store that has the runs.
        target: Client of the other.
        artifact_location: Where new experiments of the other keep artifacts; None leaves that to a server.
    """

    def __init__(
        self, store: "Store", source: "MlflowClient", target: "MlflowClient", artifact_location: str | None
    ) -> None:
        self._store = store
        self._source = source
        self._target = target
        self._artifact_location = artifact_location

    def run(self, run_id: str) -> str:
        """Bring a run up to date, its end last: a copy that has ended is whole."""
        run = self._source.get_run(run_id)
        copy_id = self._counterpart(run)
        copy = self._target.get_run(copy_id)
        self._send_facts(run, copy)
        self._send_metrics(run, copy)
        self._send_artifacts(run_id, copy_id)
        if run.info.status not in {"RUNNING", copy.info.status}:
            self._target.set_terminated(copy_id, run.info.status, run.info.end_time)
        return copy_id

    def _counterpart(self, run: "MlflowRun") -> str:
        """Id of a run's copy, which is begun where there is none."""
        experiment = self._source.get_experiment(run.info.experiment_id).name
        place = experiment_id(self._target, experiment, self._artifact_location)
        if found := self._found(run, place):
            return found
        begun = {"start_time": run.info.start_time, "run_name": run.info.run_name}
        tags = self._translated(run.data.tags) | {COPY_OF: run.info.run_id}
        with FileLock(self._store.root / ".mirror.lock"):  # another process may be about to begin it, too
            return self._found(run, place) or str(self._target.create_run(place, tags=tags, **begun).info.run_id)

    def _found(self, run: "MlflowRun", experiment: str) -> str | None:
        from mlflow.exceptions import MlflowException

        origin = run.data.tags.get(COPY_OF)
        if origin:
            try:
                return str(self._target.get_run(origin).info.run_id)
            except MlflowException:  # it was copied from a third store
                pass
        copies = list(search(self._target, experiment, f"tags.`{COPY_OF}` = '{run.info.run_id}'"))
        return str(copies[0].info.run_id) if copies else None

    def _translated(self, tags: Mapping[str, str]) -> dict[str, str]:
        """A run's tags as its copy has them: what it names are copies, too."""
        result = {name: value for name, value in tags.items() if name != COPY_OF}
        for link in _LINKS:
            if link in tags:
                named = self._source.get_run(tags[link])
                result[link] = self._found(named, self._place_of(named)) or self.run(tags[link])
        return result

    def _place_of(self, run: "MlflowRun") -> str:
        name = self._source.get_experiment(run.info.experiment_id).name
        return experiment_id(self._target, name, self._artifact_location)

    def _send_facts(self, run: "MlflowRun", copy: "MlflowRun") -> None:
        from mlflow.entities import Param, RunTag

        params = [Param(*each) for each in run.data.params.items() if each[0] not in copy.data.params]
        tags = {name: value for name, value in run.data.tags.items() if copy.data.tags.get(name) != value}
        links = {name: value for name, value in tags.items() if name not in {*_LINKS, COPY_OF}}
        for start in range(0, len(params), _PER_REQUEST):
            self._target.log_batch(copy.info.run_id, params=params[start : start + _PER_REQUEST])
        if links:
            insert(lambda: self._target.log_batch(copy.info.run_id, tags=[RunTag(*each) for each in links.items()]))
        for name in copy.data.tags.keys() - run.data.tags.keys() - {COPY_OF}:
            if name.startswith(PREFIX):  # it was taken back
                self._target.delete_tag(copy.info.run_id, name)
        data, known = (each.inputs.dataset_inputs if each.inputs else [] for each in (run, copy))
        if len(data) > len(known):
            insert(lambda: self._target.log_inputs(copy.info.run_id, data))

    def _send_metrics(self, run: "MlflowRun", copy: "MlflowRun") -> None:
        """Results are single values; what training reports has a history, of which the copy has the beginning."""
        from mlflow.entities import Metric

        results = f"{run.data.tags.get('dataset', '')}/"
        time_of = run.info.end_time or run.info.start_time
        points: list[Metric] = []
        for name, value in run.data.metrics.items():
            known = copy.data.metrics.get(name)
            if name.startswith(results):
                if known is None or (known != value and not math.isnan(known + value)):
                    points.append(Metric(name, value, time_of, 0))
                continue
            there = 0 if known is None else len(self._target.get_metric_history(copy.info.run_id, name))
            points += self._source.get_metric_history(run.info.run_id, name)[there:]
        for start in range(0, len(points), 10 * _PER_REQUEST):
            self._target.log_batch(copy.info.run_id, metrics=points[start : start + 10 * _PER_REQUEST])

    def _send_artifacts(self, run_id: str, copy_id: str) -> None:
        there = {file.path: file.file_size for file in _files(self._target, copy_id)}
        for file in _files(self._source, run_id):
            if there.get(file.path) != file.file_size:
                with tempfile.TemporaryDirectory() as scratch:
                    path = self._source.download_artifacts(run_id, file.path, scratch)
                    folder = file.path.rpartition("/")[0] or None
                    self._target.log_artifact(copy_id, str(Path(path)), folder)


def _files(client: "MlflowClient", run_id: str, folder: str | None = None) -> "Iterator[FileInfo]":
    for found in client.list_artifacts(run_id, folder):
        if found.is_dir:
            yield from _files(client, run_id, found.path)
        else:
            yield found
