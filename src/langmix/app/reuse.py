"""Results of earlier runs that a sweep takes over instead of making them again."""

import logging
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from langmix.errors import LangmixError
from langmix.tracking.client import UnansweredError
from langmix.tracking.provenance import CODE, code
from langmix.tracking.read import artifact

if TYPE_CHECKING:
    from langmix.tracking.cell import Cell
    from langmix.tracking.runs import Tracker
    from langmix.tracking.store import Store

log = logging.getLogger(__name__)


def reusable(tracker: "Tracker", fingerprint: str, output: Path) -> tuple["Cell | None", str]:
    """The newest finished run whose artifacts are there, and why its result is taken over or none is.

    Code that differs does not prevent it: most changes to code leave figures alone, and the model would not be trained
    again either. It is said, and stays visible in the tags of the cell. A release is part of the fingerprint.

    Args:
        tracker: Where they are tracked.
        fingerprint: Of the cell.
        output: Folder that gets a copy of its artifacts.
    """
    because = "no run of it before"
    try:
        for run in tracker.same(fingerprint):
            if run.status != "FINISHED":
                because = f"run {run.run_id} {run.status.lower()}: {run.reason}"
            elif not _copied(tracker.store, run.run_id, output):
                because = f"run {run.run_id} has lost its artifacts"
            else:
                return run, f"finished as run {run.run_id}{_other_code(run)}"
    except UnansweredError as error:
        because = f"not known whether it was run before: {error}"
    return None, because


def _copied(store: "Store", run_id: str, output: Path) -> bool:
    """Put what a run left behind into another output folder, if it is there."""
    try:
        folder = artifact(store, run_id, "")
    except UnansweredError:
        raise
    except LangmixError:
        return False
    if not (folder / "per_query.parquet").exists():
        return False
    shutil.copytree(folder, output, dirs_exist_ok=True)
    return True


def _other_code(run: "Cell") -> str:
    made_by = run.tags.get(CODE, "unknown")
    if made_by == code():
        return ""
    log.warning("run %s is reused, but was made by other code (%s, now %s)", run.run_id, made_by, code())
    return f", made by other code ({made_by}, now {code()})"
