"""One open MLflow run: what can be logged to it."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from langmix.errors import LangmixError
from langmix.tracking.cell import REASON
from langmix.tracking.journal import Journal
from langmix.tracking.parameters import flatten, shorten

_Metric = tuple[str, float, int, int]  # name, value, milliseconds, step

LONGEST_TAG = 8000
METRICS_PER_BATCH = 1000
PARAMS_PER_BATCH = 100
SECONDS_BETWEEN_FLUSHES = 5.0


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
    """An MLflow run that is being written.

    Attributes:
        id: MLflow's id of the run; another name of a run that was begun while MLflow did not answer.
        begun: whether MLflow knows of it.
    """

    def __init__(self, journal: Journal) -> None:
        self.id = journal.run_id
        self.begun = journal.begun
        self._journal = journal
        self._history: list[_Metric] = []
        self._flushed = time.monotonic()

    def log_params(self, config: Mapping[str, Any], names: Mapping[str, str]) -> None:
        """Log a resolved configuration as flat parameters, see `flatten`.

        Args:
            config: the configuration.
            names: what tables call the parts of the cell, in place of the functions that make them.

        Raises:
            LangmixError: when MLflow cannot take a key.
        """
        params = list((flatten(config) | dict(names)).items())
        for start in range(0, len(params), PARAMS_PER_BATCH):
            self._journal.send("batch", params=dict(params[start : start + PARAMS_PER_BATCH]))

    def log_inputs(self, data: Sequence[Data]) -> None:
        """Log what data the run was made from."""
        self._journal.send("inputs", data=[vars(one) for one in data])

    def log_tags(self, tags: Mapping[str, str]) -> None:
        """Log facts that were not known when the run began."""
        self._journal.send("batch", tags=dict(tags))

    def log_metrics(self, metrics: Mapping[str, float]) -> None:
        """Log results, all in one request (per thousand)."""
        self._send(_metrics(metrics, step=0))

    def log_step(self, step: int, metrics: Mapping[str, float]) -> None:
        """Note training metrics at a step; they are sent in batches, at the latest when the run ends."""
        self._history += _metrics(metrics, step)
        waited = time.monotonic() - self._flushed
        if len(self._history) >= METRICS_PER_BATCH or waited >= SECONDS_BETWEEN_FLUSHES:
            self.flush()

    def flush(self) -> None:
        """Send the training metrics noted so far."""
        noted, self._history = self._history, []
        self._send(noted)
        self._flushed = time.monotonic()

    def log_artifact(self, path: Path, folder: str | None = None) -> None:
        """Copy a file into the run's artifacts, under `folder` where given.

        Raises:
            LangmixError: when there is no such file.
        """
        if not path.is_file():
            raise LangmixError(f"artifact {path}: no such file")
        self._journal.send("artifact", path=str(path), folder=folder)

    def end(self, status: str, reason: str = "") -> None:
        """Close the run with MLflow's `status`, and say why where it did not finish."""
        try:
            self.flush()
            if reason:
                self._journal.send("batch", tags={REASON: shorten(" ".join(reason.split()), LONGEST_TAG)})
        finally:
            self._journal.send("end", status=status)

    def close_sweep(self) -> None:
        """Close the run as its cells ended."""
        self._journal.send("close_sweep")

    def _send(self, metrics: list[_Metric]) -> None:
        for start in range(0, len(metrics), METRICS_PER_BATCH):
            self._journal.send("batch", metrics=metrics[start : start + METRICS_PER_BATCH])


def _metrics(metrics: Mapping[str, float], step: int) -> list[_Metric]:
    now = int(time.time() * 1000)
    return [(name, float(value), now, step) for name, value in metrics.items()]
