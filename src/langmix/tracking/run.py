"""One open MLflow run: what can be logged to it."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from langmix.errors import LangmixError
from langmix.tracking.cell import REASON
from langmix.tracking.client import insert, one_line_errors
from langmix.tracking.mirror import Mirror
from langmix.tracking.parameters import flatten, shorten

if TYPE_CHECKING:
    from mlflow import MlflowClient

_Point = tuple[str, float, int, int]  # name, value, milliseconds, step

LONGEST_TAG = 8000
METRICS_PER_BATCH = 1000
PARAMS_PER_BATCH = 100
SECONDS_BETWEEN_FLUSHES = 5.0
VALIDATION = "validation/"
"""Begins the names of what is measured at a validation."""


@dataclass(frozen=True)
class Data:
    """Data that went into a run.

    Attributes:
        context: what it was for: "training", "validation" or "evaluation".
        name: what the data set is called.
        fingerprint: hash of its content; MLflow is given the first 36 characters, which is all it takes.
        source: where it came from, such as the configuration it was read by.
        profile: facts about it, by name.
    """

    context: str
    name: str
    fingerprint: str
    source: Mapping[str, Any]
    profile: Mapping[str, Any]


class Run:
    """An MLflow run that is being written, and mirrored at each validation and at its end.

    Attributes:
        id: MLflow's id of the run.
    """

    def __init__(self, client: "MlflowClient", run_id: str, mirror: Mirror | None) -> None:
        self.id = run_id
        self._client = client
        self._mirror = mirror
        self._history: list[_Point] = []
        self._flushed = time.monotonic()

    def log_params(self, config: Mapping[str, Any], names: Mapping[str, str]) -> None:
        """Log a resolved configuration as flat parameters, see `flatten`.

        Args:
            config: the configuration.
            names: what tables call the parts of the cell, in place of the functions that make them.

        Raises:
            LangmixError: when MLflow cannot take a key.
        """
        from mlflow.entities import Param

        params = [Param(*each) for each in (flatten(config) | dict(names)).items()]
        for start in range(0, len(params), PARAMS_PER_BATCH):
            self._do(self._client.log_batch, params=params[start : start + PARAMS_PER_BATCH])

    def log_inputs(self, data: Sequence[Data]) -> None:
        """Log what data the run was made from."""
        from mlflow.entities import Dataset, DatasetInput, InputTag

        inputs = [
            DatasetInput(
                Dataset(
                    one.name,
                    one.fingerprint[:36],  # the longest digest that MLflow takes
                    source_type="langmix",
                    source=json.dumps(one.source),
                    profile=json.dumps(one.profile),
                ),
                [InputTag("mlflow.data.context", one.context)],
            )
            for one in data
        ]
        self._do(self._client.log_inputs, datasets=inputs)

    def log_tags(self, tags: Mapping[str, str]) -> None:
        """Log facts that were not known when the run began."""
        from mlflow.entities import RunTag

        self._do(self._client.log_batch, tags=[RunTag(*each) for each in tags.items()])

    def log_metrics(self, metrics: Mapping[str, float]) -> None:
        """Log results, all in one request (per thousand)."""
        self._send(_points(metrics, step=0))

    def log_step(self, step: int, metrics: Mapping[str, float]) -> None:
        """Note training metrics at a step; they are written in batches, at the latest at a validation or at the end."""
        self._history += _points(metrics, step)
        validated = any(name.startswith(VALIDATION) for name in metrics)
        waited = time.monotonic() - self._flushed
        if validated or len(self._history) >= METRICS_PER_BATCH or waited >= SECONDS_BETWEEN_FLUSHES:
            self.flush()
        if validated:
            self.mirror()

    def flush(self) -> None:
        """Write the training metrics noted so far."""
        noted, self._history = self._history, []
        self._send(noted)
        self._flushed = time.monotonic()

    def mirror(self) -> None:
        """Bring the run up to date in the mirror, if there is one and it answers."""
        if self._mirror:
            self._mirror.update(self.id)

    def log_artifact(self, path: Path, folder: str | None = None) -> None:
        """Copy a file into the run's artifacts, under `folder` where given.

        Raises:
            LangmixError: when there is no such file.
        """
        if not path.is_file():
            raise LangmixError(f"artifact {path}: no such file")
        self._do(self._client.log_artifact, local_path=str(path), artifact_path=folder)

    def end(self, status: str, reason: str = "") -> None:
        """Close the run with MLflow's `status`, and say why where it did not finish."""
        try:
            self.flush()
            if reason:
                self.log_tags({REASON: shorten(" ".join(reason.split()), LONGEST_TAG)})
        finally:
            self._do(self._client.set_terminated, status=status)
        self.mirror()

    def _send(self, points: list[_Point]) -> None:
        from mlflow.entities import Metric

        for start in range(0, len(points), METRICS_PER_BATCH):
            batch = [Metric(*point) for point in points[start : start + METRICS_PER_BATCH]]
            self._do(self._client.log_batch, metrics=batch)

    def _do(self, request: Callable[..., object], **arguments: object) -> None:
        """Make a request about this run."""
        with one_line_errors(self._client.tracking_uri):
            insert(lambda: request(self.id, **arguments))


def _points(metrics: Mapping[str, float], step: int) -> list[_Point]:
    now = int(time.time() * 1000)
    return [(name, float(value), now, step) for name, value in metrics.items()]
