"""A multirun as one tracked run with a child per cell, and the table at its end."""

import math
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Glob, Override
from hydra.experimental.callback import Callback
from omegaconf import DictConfig

from langmix.configuration.opened import opened
from langmix.errors import LangmixError

if TYPE_CHECKING:
    from langmix.tracking.run import Run
    from langmix.tracking.runs import Tracker

SWEEP = "LANGMIX_SWEEP"
"""Environment variable that hands the sweep's run id to cells, in whatever process a launcher puts them."""

SWEEP_CELLS = "LANGMIX_SWEEP_CELLS"
"""The same for how many cells the sweep has."""


@dataclass(frozen=True)
class _Open:
    tracker: "Tracker"
    run: "Run"


class SweepRun(Callback):
    """Opens the parent run before the first cell and closes it after the last.

    What is open belongs to the process that sweeps: instances hold nothing, as launchers send them to other processes.
    """

    incomplete: ClassVar[bool] = False
    """Whether a sweep of this process ended with a cell that is not finished."""

    _open: ClassVar[_Open | None] = None

    @classmethod
    def abandon(cls, reason: str) -> None:
        """End the parent run of a sweep that Hydra goes no further with; delete it if it has no cell."""
        if cls._open:
            cls._open.tracker.abandon_sweep(cls._open.run, reason)
            cls._open = None

    def on_multirun_start(self, config: DictConfig, **_: Any) -> None:
        """Open the parent run."""
        with _ending_the_program():
            asked = opened(config)
            if asked.rank:
                return
            from langmix.app.parts import tracker

            asked.check_sweep()
            swept = _swept(config)
            runs = tracker(asked)
            SweepRun._open = _Open(runs, runs.open_sweep(_name(swept)))
        os.environ[SWEEP] = SweepRun._open.run.id
        os.environ[SWEEP_CELLS] = str(_cells(swept) or "")

    def on_multirun_end(self, config: DictConfig, **_: Any) -> None:
        """Close the parent run and print its cells side by side, and what became of each."""
        sweep, SweepRun._open = SweepRun._open, None
        if sweep is None:  # not the first process of a training that several share
            return
        from langmix.app.tables import show_outcomes, show_sweep
        from langmix.tracking.read import children

        os.environ.pop(SWEEP, None)
        os.environ.pop(SWEEP_CELLS, None)
        with _ending_the_program():
            sweep.tracker.close_sweep(sweep.run)
            store = sweep.tracker.store
            cells = children(store, sweep.run.id)
            show_sweep(store, sweep.run.id, cells, Path(config.hydra.sweep.dir))
            show_outcomes(cells)
        SweepRun.incomplete = any(cell.status != "FINISHED" for cell in cells)


@contextmanager
def _ending_the_program() -> Iterator[None]:
    """Hydra turns an error in a callback into a warning; inside this block it ends the program."""
    try:
        yield
    except LangmixError as error:
        sys.stderr.write(f"langmix: {error}\n")
        raise SystemExit(2) from error


def _name(swept: Mapping[str, Override]) -> str:
    """What is swept over, such as ``sampler=x_y,hybrid seed=0,1``."""
    return " ".join(f"{key}={each.get_value_string()}" for key, each in swept.items()) or "sweep"


def _cells(swept: Mapping[str, Override]) -> int | None:
    """How many combinations there are; None where only Hydra can tell."""
    if any(isinstance(each.value(), Glob) for each in swept.values()):
        return None
    return math.prod(sum(1 for _ in each.sweep_string_iterator()) for each in swept.values())


def _swept(config: DictConfig) -> dict[str, Override]:
    params = [f"{key}={choices}" for key, choices in (config.hydra.sweeper.get("params") or {}).items()]
    given = OverridesParser.create().parse_overrides([*params, *config.hydra.overrides.task])
    return {each.key_or_group: each for each in given if each.is_sweep_override()}
