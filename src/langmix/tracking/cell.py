"""A cell of the grid as it is read back from its run, and the tags that say what it is."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from langmix.cell_key import CellKey

if TYPE_CHECKING:
    from mlflow.entities import Run as MlflowRun

REASON = "langmix.reason"
"""Tag with the one line that says why a run failed or was ended."""

BECAUSE = "langmix.because"
"""Tag with the one line that says why a cell of a sweep was run or its result taken over."""

FINGERPRINT = "langmix.fingerprint.cell"
"""Tag with the hash of all that decides a cell's figures."""

ARM = "langmix.arm"
"""Tag with all that a cell has in common with other seeds of it, as JSON of dotted keys: what labels are made of."""

ARM_FINGERPRINT = "langmix.fingerprint.arm"
"""Tag with the hash of all that decides a cell's figures but its seed and the data it is evaluated on."""

DATASET_FINGERPRINT = "langmix.fingerprint.dataset"
"""Tag with the hash of what a cell was evaluated on."""

MODEL = "langmix.fingerprint.training"
"""Tag with the name of a cell's trained model in the store, which is the hash of all that decides its weights."""

TRAINED_BY = "langmix.code.training"
"""Tag with the hash of the code that trained a cell's model; `langmix.code` is that of the code that evaluated it."""

SECONDS = "langmix.seconds"
"""Tag with how long a cell took, training that it did included."""

REUSED = "langmix.reused_from"
"""Tag of a cell whose result was taken over: the run that made it."""

PARENT = "mlflow.parentRunId"
"""Tag of a cell of a sweep: the sweep's run, as MLflow nests them."""

NOT_RUN = "langmix.not_run"
"""Tag of a cell that a stopped sweep did not come to."""

OUTCOMES = ("run", "reused", "failed", "killed", "running", "scheduled", "not run")
"""What may become of a cell, see `Cell.outcome`, in the order in which it is told."""


@dataclass(frozen=True)
class Cell:
    """A tracked cell as the store knows it.

    Attributes:
        run_id: MLflow's id of the run.
        key: which cell it is.
        status: MLflow's word: RUNNING, FINISHED, FAILED or KILLED.
        metrics: last value of each metric, `{dataset}/{setting}/{measure}` and training metrics.
        params: the flattened configuration.
        tags: all tags, MLflow's own included.
    """

    run_id: str
    key: CellKey
    status: str
    metrics: Mapping[str, float]
    params: Mapping[str, str]
    tags: Mapping[str, str]

    @property
    def arm(self) -> str:
        """Hash of what the cell has in common with other seeds of it; its short name where it never came so far."""
        return self.tags.get(ARM_FINGERPRINT) or f"{self.key.backbone}·{self.key.arm}"

    @property
    def recipe(self) -> dict[str, str]:
        """What the arm is made of, by dotted key; empty for a cell that never came so far."""
        return dict(json.loads(self.tags.get(ARM, "{}")))

    @property
    def reason(self) -> str:
        """Why the run failed or was ended, in one line; empty for a finished one."""
        return self.tags.get(REASON, "")

    @property
    def because(self) -> str:
        """Why a cell of a sweep was run or its result taken over, in one line; empty outside a sweep."""
        return self.tags.get(BECAUSE, "")

    @property
    def outcome(self) -> str:
        """What became of it: `run`, `reused`, `not run`, or MLflow's `failed`, `killed`, `running`."""
        if self.status == "FINISHED":
            return "reused" if REUSED in self.tags else "run"
        return "not run" if NOT_RUN in self.tags else self.status.lower()

    @classmethod
    def from_run(cls, run: "MlflowRun") -> "Cell | None":
        """Return the cell in an MLflow run, None where the run is no cell."""
        key = CellKey.from_tags(run.data.tags)
        if key is None:
            return None
        return cls(run.info.run_id, key, run.info.status, run.data.metrics, run.data.params, run.data.tags)
