"""The ``langmix`` command."""

import atexit
import errno
import gc
import io
import logging
import os
import sys
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path

import hydra
from hydra.conf import HydraConf
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import DictConfig
from omegaconf.errors import OmegaConfBaseException

from langmix import progress
from langmix.app import processes
from langmix.app.sweep import SWEEP, SWEEP_CELLS, SweepRun
from langmix.configuration import composition
from langmix.configuration.folder import folder
from langmix.configuration.opened import Configuration, opened
from langmix.errors import LangmixError
from langmix.texts import one_line

FAILURE = 2  # exit status where the user can put something right

_DISK = (errno.ENOSPC, errno.EDQUOT)  # nothing a program can do about

_VERBS = (
    "compare",
    "data",
    "export",
    "plan",
    "report",
    "rerun",
    "score",
    "store",
    "study",
    "translate",
    "ui",
)  # modules of this room with a `main`

log = logging.getLogger(__name__)

_failed_cells: list[int] = []  # of this process; decides the exit status once Hydra has returned


def main() -> None:
    """Run a verb, or the Hydra application where there is none."""
    gc.disable()  # until there is work to do: what start-up makes stays, and looking through it takes a quarter of it
    for stream in (sys.stdout, sys.stderr):  # whose encoding may lack a language's letters
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    atexit.register(gc.freeze)  # else Python looks through everything once more before it ends, for a second or two
    arguments = sys.argv[1:]
    if arguments[:1] == ["run"]:
        arguments = arguments[1:]
    try:
        verb = _verb(arguments)
        if verb:
            gc.enable()
            verb(arguments[1:])
        else:
            _run_hydra(arguments)
    except LangmixError as error:
        sys.exit(_report(str(error)))
    except (HydraException, OmegaConfBaseException) as error:
        reason = composition.explain(error)
        SweepRun.abandon(reason)
        sys.exit(_report(reason))
    except KeyboardInterrupt:
        sys.exit(130)
    if _failed_cells or SweepRun.incomplete:
        sys.exit(FAILURE)


def _verb(arguments: Sequence[str]) -> Callable[[Sequence[str]], None] | None:
    first = arguments[0] if arguments else ""
    if not first or first.startswith(("-", "~")) or "=" in first:
        return None
    if first in _VERBS:
        verb: Callable[[Sequence[str]], None] = import_module(f"langmix.app.{first}").main
        return verb
    commands = ["run", *_VERBS]
    near = get_close_matches(first, commands, n=1)
    hint = f"; did you mean '{near[0]}'?" if near else ""
    raise LangmixError(f"unknown command '{first}'{hint} (commands: {', '.join(commands)}; overrides are KEY=VALUE)")


def _run_hydra(arguments: Sequence[str]) -> None:
    # Without this Hydra prints errors in its own words and exits; with it they arrive in `main`.
    os.environ["HYDRA_FULL_ERROR"] = "1"
    sys.argv[1:] = arguments
    with composition.options_named(arguments):
        hydra.main(version_base="1.3", config_path=str(folder()), config_name="config")(_job)()


def _job(cfg: DictConfig) -> None:
    """One job of Hydra's: a cell, or this process's part in the training of one."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()
    job = HydraConfig.get()
    asked = opened(cfg)
    if job.mode == RunMode.MULTIRUN:
        # Should the cell start further processes, they get these arguments: the cell's own, not those of its sweep.
        sys.argv[1:] = job.overrides.task
    if asked.rank == 0:
        _cell(asked, job)
        return
    try:
        processes.train_along(asked)
    except LangmixError as error:
        _failed_cells.append(_report(f"process {asked.rank}: {error}"))


def _cell(asked: Configuration, job: HydraConf) -> None:
    """One cell: if it fails, that is reported at once; ``on_error`` says whether others follow it."""
    from langmix.app import cell

    output, sweep_id = Path(job.runtime.output_dir), os.environ.get(SWEEP)
    try:
        asked.check_sweep()
        if sweep_id:
            cells = os.environ.get(SWEEP_CELLS)
            name = f"{asked.key.name} on {asked.key.dataset}"
            log.info(progress.CELLS.begin(job.job.num + 1, int(cells) if cells else None, name))
        if sweep_id and asked.on_error == "stop" and (reason := cell.stopped(asked, sweep_id)):
            cell.skip(asked, sweep_id, reason)
            return
        outcome = cell.run(asked, output, sweep_id)
    except LangmixError as error:
        message = str(error)
    except Exception as error:
        if isinstance(error, OSError) and error.errno in _DISK:
            message = f"{error.filename or output}: {error.strerror}"
        elif job.mode == RunMode.RUN:
            raise
        else:
            log.exception("an error that langmix does not know")  # a sweep goes on, so its traceback is shown here
            message = f"{type(error).__name__}: {error}"
    else:
        if outcome and job.mode == RunMode.RUN:
            from langmix.app.tables import show_cell

            show_cell(outcome, output)
        return
    _failed_cells.append(_report(message))
    if sweep_id and asked.on_error == "stop":
        cell.stop(asked, sweep_id)


def _report(message: str) -> int:
    sys.stderr.write(f"langmix: {one_line(message)}\n")
    return FAILURE
