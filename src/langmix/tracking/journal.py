"""What a run could not send to MLflow, kept in the store until it can."""

import json
import logging
import shutil
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock

from langmix.errors import LangmixError
from langmix.tracking.cell import PARENT, REASON
from langmix.tracking.client import UnansweredError, connect, insert, one_line_errors
from langmix.tracking.process import is_gone
from langmix.tracking.provenance import PROCESS

if TYPE_CHECKING:
    from mlflow import MlflowClient

    from langmix.store import Store

_OPERATIONS, _FILES, _STORE = "operations.jsonl", "files", "mlflow"
_KEPT = "kept-"

KEPT_AS = "langmix.kept_as"
"""Tag of a run that was begun while the server did not answer: its name until then."""

log = logging.getLogger(__name__)


class Journal:
    """The way of one run's results to MLflow: at once, or kept in a folder from the first request that fails.

    Later requests are kept too, although the server may be back: they have to arrive in order.

    Args:
        client: Of the MLflow store.
        tracking_uri: Its address.
        folder: Where requests are kept; made when the first one fails.
        run_id: The run.

    Attributes:
        run_id: The run; the name of the folder instead, as long as the server does not know of it.
    """

    def __init__(self, client: "MlflowClient", tracking_uri: str, folder: Path, run_id: str) -> None:
        self.run_id = run_id
        self._client = client
        self._tracking_uri = tracking_uri
        self._folder = folder / run_id

    @classmethod
    def of_new_run(
        cls,
        client: "MlflowClient",
        tracking_uri: str,
        folder: Path,
        experiment_id: str,
        name: str,
        tags: Mapping[str, str],
    ) -> "Journal":
        """The journal of a run that is begun with it, now or when `sync` comes to it.

        Raises:
            LangmixError: The server answers, but refuses it; or it cannot be kept either.
        """
        begun: dict[str, Any] = {
            "experiment_id": experiment_id,
            "start_time": int(time.time() * 1000),
            "run_name": name,
        }
        try:
            with one_line_errors(tracking_uri):
                created = client.create_run(**begun, tags=dict(tags))
        except UnansweredError:
            journal = cls(client, tracking_uri, folder, _KEPT + uuid.uuid4().hex)
            journal._warn()
            journal._keep("create", {**begun, "tags": dict(tags)})
            return journal
        return cls(client, tracking_uri, folder, created.info.run_id)

    def send(self, operation: str, **arguments: Any) -> None:
        """Do one of `_DO`'s operations, now or when `sync` comes to it.

        Raises:
            LangmixError: The server answers, but refuses it; or it cannot be kept either.
        """
        if not self._folder.exists() and not (operation == "close_sweep" and self._has_kept_cells()):
            try:
                with one_line_errors(self._tracking_uri):
                    return _perform(self._client, self.run_id, operation, arguments)
            except UnansweredError:
                self._warn()
        self._keep(operation, arguments)
        return None

    def _has_kept_cells(self) -> bool:
        """Whether cells of this sweep were begun while the server did not answer, and are not sent yet."""
        kept = kept_cells(self._folder.parent, self._tracking_uri, self.run_id)
        if kept:
            log.warning("%d cells of the sweep are kept until '%s' sends them", len(kept), _command(self._tracking_uri))
        return bool(kept)

    @property
    def begun(self) -> bool:
        """Whether the MLflow store knows of the run."""
        return not self.run_id.startswith(_KEPT)

    def _warn(self) -> None:
        log.warning(
            "%s does not answer; the results of run %s are kept in %s until '%s' sends them",
            self._tracking_uri,
            self.run_id,
            self._folder,
            _command(self._tracking_uri),
        )

    def _keep(self, operation: str, arguments: dict[str, Any]) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            (self._folder / _STORE).write_text(self._tracking_uri, encoding="utf-8")
            if operation == "artifact":
                place = self._folder / _FILES / (arguments["folder"] or "")
                place.mkdir(parents=True, exist_ok=True)
                arguments["path"] = str(shutil.copy2(arguments["path"], place))
            with (self._folder / _OPERATIONS).open("a", encoding="utf-8") as file:
                file.write(json.dumps([operation, arguments]) + "\n")
        except OSError as error:
            raise LangmixError(f"{self._folder}: cannot be written: {error.strerror}") from error


def sync(store: "Store") -> list[str]:
    """Send everything that was kept for this MLflow store; return the ids of the runs it belonged to.

    A run's folder goes when all of it has arrived. Sent twice is sent once: an interrupted `sync` is done again. What
    belongs to another MLflow store, or to a run that was begun in the folder and still goes on there, stays.

    Raises:
        LangmixError: The MLflow store still does not answer, or refuses something; what was not sent is still kept.
    """
    client = connect(store.tracking_uri)
    sent = []
    with FileLock(store.root / ".sync.lock"):  # two would begin the same runs
        # The last line of a sweep counts its cells, so it goes after theirs.
        folders = sorted(
            _folders(store.unsent, store.tracking_uri), key=lambda folder: (_closes_sweep(folder), folder.name)
        )
        for folder in folders:
            run_id = folder.name
            if _goes_on(folder):
                log.warning("run %s still goes on, and is sent when it has ended", run_id)
                continue
            with one_line_errors(store.tracking_uri):
                for operation, arguments in _kept(folder):
                    if operation == "create":
                        run_id = _create(client, folder.name, **arguments)
                    else:
                        _perform(client, run_id, operation, arguments)
            shutil.rmtree(folder)
            sent.append(run_id)
    return sent


def kept_runs(unsent: Path, tracking_uri: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Yield name and tags of the runs that an MLflow store does not know of yet."""
    for folder in _folders(unsent, tracking_uri):
        for operation, arguments in _kept(folder):
            if operation == "create":
                yield folder.name, arguments["tags"]


def kept_cells(unsent: Path, tracking_uri: str, sweep_id: str) -> list[str]:
    """Names of the cells of a sweep that an MLflow store does not know of yet."""
    return [name for name, tags in kept_runs(unsent, tracking_uri) if tags.get(PARENT) == sweep_id]


def _folders(unsent: Path, tracking_uri: str) -> Iterator[Path]:
    for place in sorted(unsent.glob(f"*/{_STORE}")):
        if place.read_text(encoding="utf-8") == tracking_uri:
            yield place.parent


def _command(tracking_uri: str) -> str:
    return f"langmix store sync store.tracking_uri={tracking_uri}"


def _goes_on(folder: Path) -> bool:
    """Whether a run that was begun in its folder is still written there: sent now, it would not find its way later."""
    operations = dict(_kept(folder))
    return "create" in operations and "end" not in operations and not is_gone(operations["create"]["tags"][PROCESS])


def _kept(folder: Path) -> list[tuple[str, dict[str, Any]]]:
    lines = (folder / _OPERATIONS).read_text(encoding="utf-8").splitlines(keepends=True)
    # A line that a kill cut off says nothing.
    return [json.loads(line) for line in lines if line.endswith("\n")]


def _closes_sweep(folder: Path) -> bool:
    return any(operation == "close_sweep" for operation, _ in _kept(folder))


def _create(client: "MlflowClient", kept_as: str, experiment_id: str, tags: Mapping[str, str], **begun: Any) -> str:
    """Id of the run that was begun under another name; made unless an interrupted `sync` has made it."""
    made = client.search_runs([experiment_id], f"tags.`{KEPT_AS}` = '{kept_as}'")
    run = made[0] if made else client.create_run(experiment_id, tags={**tags, KEPT_AS: kept_as}, **begun)
    return str(run.info.run_id)


def _perform(client: "MlflowClient", run_id: str, operation: str, arguments: Mapping[str, Any]) -> None:
    insert(lambda: _DO[operation](client, run_id, **arguments))


def _batch(
    client: "MlflowClient",
    run_id: str,
    metrics: list[tuple[str, float, int, int]] | None = None,
    params: Mapping[str, str] | None = None,
    tags: Mapping[str, str] | None = None,
) -> None:
    from mlflow.entities import Metric, Param, RunTag

    client.log_batch(
        run_id,
        metrics=[Metric(*metric) for metric in metrics or ()],
        params=[Param(*param) for param in (params or {}).items()],
        tags=[RunTag(*tag) for tag in (tags or {}).items()],
    )


def _inputs(client: "MlflowClient", run_id: str, data: list[dict[str, Any]]) -> None:
    from mlflow.entities import Dataset, DatasetInput, InputTag

    inputs = [
        DatasetInput(
            Dataset(
                one["name"],
                one["fingerprint"][:36],  # the longest digest that MLflow takes
                source_type="langmix",
                source=json.dumps(one["source"]),
                profile=json.dumps(one["profile"]),
            ),
            [InputTag("mlflow.data.context", one["context"])],
        )
        for one in data
    ]
    client.log_inputs(run_id, inputs)


def _artifact(client: "MlflowClient", run_id: str, path: str, folder: str | None) -> None:
    client.log_artifact(run_id, path, folder)


def _end(client: "MlflowClient", run_id: str, status: str) -> None:
    # Another process may have closed a run whose end it could not hear of.
    if status == "FINISHED" and REASON in client.get_run(run_id).data.tags:
        client.delete_tag(run_id, REASON)
    client.set_terminated(run_id, status)


def _close_sweep(client: "MlflowClient", run_id: str) -> None:
    from langmix.tracking.runs import end_sweep

    end_sweep(client, run_id)


_DO: dict[str, Callable[..., None]] = {
    "batch": _batch,
    "inputs": _inputs,
    "artifact": _artifact,
    "end": _end,
    "close_sweep": _close_sweep,
}
