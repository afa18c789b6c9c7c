"""Results of earlier runs that a sweep takes over instead of making them again."""

import logging
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from langmix.errors import LangmixError
from langmix.measures.evidence import JUDGEMENTS, TOP
from langmix.measures.parquet import check_table
from langmix.measures.per_query import PER_QUERY
from langmix.software import code
from langmix.tracking.cell import TRAINED_BY
from langmix.tracking.provenance import CODE
from langmix.tracking.read import artifact

if TYPE_CHECKING:
    from langmix.store import Store
    from langmix.tracking.cell import Cell
    from langmix.tracking.runs import Tracker

log = logging.getLogger(__name__)


def reusable(tracker: "Tracker", identity: Mapping[str, str], output: Path) -> tuple["Cell | None", str]:
    """The newest finished run whose artifacts are there, and why its result is taken over or none is.

    Code that differs does not prevent it: most changes to code leave figures alone, and the model would not be trained
    again either. It is said, and stays visible in the tags of the cell. A release is part of the fingerprint.

    Args:
        tracker: Where they are tracked.
        identity: Fingerprints of the ``cell`` and of the ``collection`` it is evaluated on.
        output: Folder that gets a copy of its artifacts.
    """
    because = "no run of it before"
    for run in tracker.same(identity["cell"]):
        if run.status != "FINISHED":
            because = f"run {run.run_id} {run.status.lower()}: {run.reason}"
            continue
        try:
            _copy(tracker.store, run.run_id, identity, output)
        except LangmixError as error:
            because = f"run {run.run_id} has lost its artifacts: {error}"
            continue
        return run, f"finished as run {run.run_id}{_other_code(run)}"
    return None, because


def _copy(store: "Store", run_id: str, whose: Mapping[str, str], output: Path) -> None:
    """Put what a run left behind into another output folder.

    Raises:
        LangmixError: Something that figures are computed from is not there, damaged or of another cell.
    """
    folder = artifact(store, run_id, "")
    for name in (PER_QUERY, JUDGEMENTS, TOP):
        check_table(folder / name, whose)
    shutil.copytree(folder, output, dirs_exist_ok=True)


def _other_code(run: "Cell") -> str:
    """What is to be said where today's code is not the one that made a result, model and evaluation."""
    made_by = [run.tags.get(tag, "unknown") for tag in (CODE, TRAINED_BY) if tag == CODE or tag in run.tags]
    if set(made_by) == {code()}:
        return ""
    makers = " and ".join(dict.fromkeys(made_by))
    log.warning("run %s is reused, but was made by other code (%s, now %s)", run.run_id, makers, code())
    return f", made by other code ({makers}, now {code()})"
