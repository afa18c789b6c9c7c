"""The ``langmix`` command."""

import os
import sys
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import DictConfig
from omegaconf.errors import OmegaConfBaseException

from langmix.app import configuration, processes
from langmix.app.sweep import SWEEP, SweepRun
from langmix.errors import LangmixError

FAILURE = 2  # exit status where the user can put something right

_VERBS = ("compare", "plan")  # modules of this room with a `main`

_failed_cells: list[int] = []  # of this process; decides the exit status once Hydra has returned


def main() -> None:
    """Run a verb, or the Hydra application where there is none."""
    arguments = sys.argv[1:]
    if arguments[:1] == ["run"]:
        arguments = arguments[1:]
    try:
        verb = _verb(arguments)
        if verb:
            verb(arguments[1:])
        else:
            _run_hydra(arguments)
    except LangmixError as error:
        sys.exit(_report(str(error)))
    except (HydraException, OmegaConfBaseException) as error:
        SweepRun.discard()
        sys.exit(_report(configuration.explain(error)))
    except KeyboardInterrupt:
        sys.exit(130)
    if _failed_cells:
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
    hydra.main(version_base="1.3", config_path=str(configuration.folder()), config_name="config")(_cell)()


def _cell(cfg: DictConfig) -> None:
    """One job of Hydra's: a failed cell is reported at once and does not stop the cells after it."""
    from langmix.app import cell

    job = HydraConfig.get()
    output = Path(job.runtime.output_dir)
    if job.mode == RunMode.MULTIRUN:
        # Should the cell start further processes, they get these arguments: the cell's own, not those of its sweep.
        sys.argv[1:] = job.overrides.task
    number = processes.rank(cfg)
    try:
        if number:
            processes.train_along(cfg)
            return
        outcome = cell.run(cfg, output, os.environ.get(SWEEP))
    except LangmixError as error:
        _failed_cells.append(_report(f"process {number}: {error}" if number else str(error)))
        return
    if job.mode == RunMode.RUN:
        from langmix.app.tables import show_cell

        show_cell(outcome, output)


def _report(message: str) -> int:
    sys.stderr.write(f"langmix: {message}\n")
    return FAILURE
