"""Sweeps and cells as MLflow runs: one parent per multirun, one child per cell, none left RUNNING."""

import atexit
import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock

from langmix.cell_key import CellKey
from langmix.errors import LangmixError
from langmix.process import Terminated, ended_by_sigterm, is_gone
from langmix.store import Store
from langmix.tracking.cell import FINGERPRINT, NOT_RUN, PARENT, REASON, REUSED, TRAINED_BY, Cell
from langmix.tracking.client import connect, insert, one_line_errors
from langmix.tracking.experiment import experiment_id
from langmix.tracking.mirror import Mirror
from langmix.tracking.parameters import shorten
from langmix.tracking.provenance import CODE, PREFIX, PROCESS, provenance
from langmix.tracking.run import LONGEST_TAG, Data, Run
from langmix.tracking.search import search
from langmix.tracking.served import log_encoder

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run as MlflowRun

STOPPED = "langmix.stopped"
MIXED_CODE = "langmix.mixed_code"

_SOURCE = {"mlflow.source.name": "langmix", "mlflow.source.type": "LOCAL"}

log = logging.getLogger(__name__)


class Tracker:
    """The runs of one experiment, open for writing.

    Attributes:
        store: Where they are tracked.
        mirror: MLflow store that is kept up to date with them, if any.
    """

    def __init__(self, store: Store, client: "MlflowClient", experiment: str, mirror: Mirror | None) -> None:
        self.store = store
        self.mirror = mirror
        self._client = client
        self._experiment = experiment
        self._experiment_id = experiment_id(client, experiment, store.artifact_root.as_uri())
        self._open_sweeps: dict[str, ExitStack] = {}

    @classmethod
    def open(cls, store: Store, experiment: str, mirror: str | None = None) -> "Tracker":
        """Get or create an experiment, and close the runs that dead processes of this host left RUNNING.

        Args:
            store: where runs are tracked.
            experiment: name of the experiment.
            mirror: MLflow's address of a store that is kept up to date with them.

        Raises:
            LangmixError: when the database cannot be used, or the experiment was deleted.
        """
        client = connect(store.tracking_uri)
        with one_line_errors(store.tracking_uri):
            tracker = cls(store, client, experiment, Mirror(store, mirror) if mirror else None)
            for run_id in close_stale(client, tracker._experiment_id):
                tracker._run(run_id).mirror()
        return tracker

    def open_sweep(self, name: str) -> Run:
        """Start the parent run of a sweep; end it with `close_sweep`.

        A process that ends without closing it, by SIGTERM too, closes it as KILLED.
        """
        run = self._create(name, {})
        owner = os.getpid()

        def abandon() -> None:
            # A forked worker inherits this hook and must not end its parent's sweep.
            if os.getpid() == owner:
                run.end("KILLED", "the process ended before the sweep did")

        atexit.register(abandon)
        guard = ExitStack()
        guard.callback(atexit.unregister, abandon)
        guard.enter_context(ended_by_sigterm())
        self._open_sweeps[run.id] = guard
        return run

    def close_sweep(self, sweep: Run) -> None:
        """End a parent run: FAILED or KILLED if one of its cells is, else FINISHED; tag it where code versions met."""
        try:
            end_sweep(self._client, sweep.id)
            if self.mirror:  # of cells that other processes made, too
                self.mirror.update_behind(
                    {sweep.id, *(run.info.run_id for run in self._search(_children_of(sweep.id)))}
                )
        finally:
            self._open_sweeps.pop(sweep.id).close()

    def abandon_sweep(self, sweep: Run, reason: str) -> None:
        """End a parent run that Hydra goes no further with, and delete it if it never got a cell."""
        try:
            if self._search(_children_of(sweep.id)):
                sweep.end("FAILED", reason)
            else:  # which the mirror has not heard of
                Run(self._client, sweep.id, None).end("FAILED", reason)
                self._client.delete_run(sweep.id)
        finally:
            self._open_sweeps.pop(sweep.id).close()

    def stop_sweep(self, sweep_id: str, reason: str) -> None:
        """Let no further cell of a sweep begin, in any process."""
        with one_line_errors(self.store.tracking_uri):
            insert(lambda: self._client.set_tag(sweep_id, STOPPED, reason))

    def stopped(self, sweep_id: str) -> str:
        """Why no further cell of a sweep is to begin; empty where they are."""
        with one_line_errors(self.store.tracking_uri):
            return str(self._client.get_run(sweep_id).data.tags.get(STOPPED, ""))

    def skip(self, key: CellKey, reason: str, sweep_id: str) -> None:
        """List a cell that a stopped sweep did not come to."""
        self._create(key.name, key.tags | {NOT_RUN: "true", PARENT: sweep_id}).end("KILLED", reason)

    def same(self, fingerprint: str) -> list[Cell]:
        """Runs of this experiment that had the cell of a fingerprint to make, newest first.

        Where none finished, one that did so elsewhere is fetched from the mirror.
        """
        found = self._same(fingerprint)
        if self.mirror and not any(cell.status == "FINISHED" for cell in found):
            self.mirror.fetch_finished(self._experiment, fingerprint)
            found = self._same(fingerprint)
        return found

    def _same(self, fingerprint: str) -> list[Cell]:
        runs = [Cell.from_run(run) for run in self._search(f"tags.`{FINGERPRINT}` = '{fingerprint}'")]
        return [cell for cell in runs if cell is not None][::-1]

    def take_over(
        self,
        made: Cell,
        key: CellKey,
        config: Mapping[str, Any],
        data: Sequence[Data],
        tags: Mapping[str, str],
        sweep_id: str,
    ) -> Run:
        """List a result that another run made as a cell of a sweep, without making it again.

        The cell is a run of its own, as MLflow knows one parent per run: its metrics are copied, so that the pages of
        MLflow compare all cells of the sweep, and its tags say what code made them; the artifacts stay where they are.

        Args:
            made: the finished run.
            key: which cell it is in this sweep.
            config: the resolved configuration of this sweep's cell.
            data: as for `Run.log_inputs`.
            tags: as for `cell`.
            sweep_id: the parent run.
        """
        makers = {
            name: made.tags[name] for name in (*provenance(), TRAINED_BY) if name in made.tags and name != PROCESS
        }
        note = f"Taken over from run {made.run_id}, which has the artifacts."
        links = {REUSED: made.run_id, PARENT: sweep_id, "mlflow.note.content": note}
        # The run that made a cell is looked up by its fingerprint: with it on copies, each sweep would find more.
        named = {name: value for name, value in _named(tags).items() if name != FINGERPRINT}
        run = self._create(key.name, makers | key.tags | named | links)
        run.log_params(config, key.parts)
        run.log_inputs(data)
        run.log_metrics(made.metrics)
        run.end("FINISHED")
        return run

    def log_encoder(self, run: Run, folder: Path, fingerprint: str, key: CellKey) -> None:
        """Log a run's trained encoder as an MLflow model, see `served.log_encoder`; to the mirror, too.

        Raises:
            LangmixError: when MLflow refuses it.
        """

        def log_model(client: "MlflowClient", of: "MlflowRun") -> None:
            log_encoder(client, of.info.experiment_id, of.info.run_id, folder, fingerprint, key)

        # Cells that share a model look whether it is logged, and log it.
        with one_line_errors(self.store.tracking_uri), FileLock(self.store.models / f".{fingerprint}.logged.lock"):
            log_model(self._client, self._client.get_run(run.id))
            if self.mirror:
                self.mirror.attempt_log(run.id, log_model)

    @contextmanager
    def cell(
        self, key: CellKey, config: Mapping[str, Any], tags: Mapping[str, str], sweep_id: str | None = None
    ) -> Iterator[Run]:
        """Track one cell: FINISHED when the block ends, FAILED on an error, KILLED on Ctrl-C and SIGTERM.

        Args:
            key: which cell it is; gives the run its name and tags.
            config: the resolved configuration, logged as flat parameters.
            tags: facts under langmix's own name, such as `backbone_origin` and `fingerprint.training`.
            sweep_id: the parent run, None for a cell on its own.

        Raises:
            LangmixError: when MLflow cannot take a configuration key.
        """
        parent = {} if sweep_id is None else {PARENT: sweep_id}
        with ended_by_sigterm():
            run = self._create(key.name, key.tags | _named(tags) | parent)
            try:
                run.log_params(config, key.parts)
                run.mirror()
                yield run
                run.flush()
            except Exception as error:
                run.end("FAILED", _one_line(error))
                raise
            except BaseException as error:
                # KeyboardInterrupt, or the SystemExit that Lightning makes of it, or SIGTERM.
                run.end("KILLED", "SIGTERM" if isinstance(error, Terminated) else "interrupted")
                raise
            run.end("FINISHED")

    def _create(self, name: str, tags: Mapping[str, str]) -> Run:
        with one_line_errors(self.store.tracking_uri):
            tags = _SOURCE | provenance() | dict(tags)
            return self._run(self._client.create_run(self._experiment_id, tags=tags, run_name=name).info.run_id)

    def _run(self, run_id: str) -> Run:
        return Run(self._client, run_id, self.mirror)

    def _search(self, condition: str) -> "list[MlflowRun]":
        with one_line_errors(self.store.tracking_uri):
            return list(search(self._client, self._experiment_id, condition))


def close_stale(client: "MlflowClient", experiment: str) -> list[str]:
    """Close as KILLED the RUNNING runs of an experiment whose process is gone, and return their ids."""
    closed = []
    for run in search(client, experiment, "attributes.status = 'RUNNING'"):
        if is_gone(run.data.tags.get(PROCESS, "")):
            closing = partial(client.set_tag, run.info.run_id, REASON, "its process ended without closing the run")
            insert(closing)  # another process that starts just now may close the same run
            client.set_terminated(run.info.run_id, "KILLED")
            closed.append(run.info.run_id)
    return closed


def end_sweep(client: "MlflowClient", sweep_id: str) -> None:
    """End a parent run as its cells ended, see `Tracker.close_sweep`."""
    experiment = client.get_run(sweep_id).info.experiment_id
    close_stale(client, experiment)
    children = list(search(client, experiment, _children_of(sweep_id)))
    tags = [run.data.tags for run in children if run.info.status == "FINISHED"]
    codes = sorted(
        {each.get(CODE, "unknown") for each in tags} | {each[TRAINED_BY] for each in tags if TRAINED_BY in each}
    )
    if len(codes) > 1:
        log.warning("the sweep's figures were made by %d versions of langmix's code: %s", len(codes), ", ".join(codes))
        client.set_tag(sweep_id, MIXED_CODE, " ".join(codes))
    ends = {run.info.status for run in children}
    status = next((status for status in ("FAILED", "KILLED") if status in ends), "FINISHED")
    if status != "FINISHED":
        client.set_tag(sweep_id, REASON, f"a cell of the sweep was {status}")
    elif REASON in client.get_run(sweep_id).data.tags:  # closed by another process before it was known how it ended
        client.delete_tag(sweep_id, REASON)
    client.set_terminated(sweep_id, status)


def _named(tags: Mapping[str, str]) -> dict[str, str]:
    return {PREFIX + name: shorten(value, LONGEST_TAG) for name, value in tags.items()}


def _children_of(sweep_id: str) -> str:
    return f"tags.`{PARENT}` = '{sweep_id}'"


def _one_line(error: Exception) -> str:
    if isinstance(error, LangmixError):  # its message is made to be read alone
        return str(error)
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
