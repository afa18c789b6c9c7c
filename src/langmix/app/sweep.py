"""A multirun as one tracked run with a child per cell, and the table at its end."""

import os
import sys
from pathlib import Path
from typing import Any, ClassVar

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.experimental.callback import Callback
from omegaconf import DictConfig

from langmix.app.processes import rank
from langmix.errors import LangmixError

SWEEP = "LANGMIX_SWEEP"
"""Environment variable that hands the sweep's run id to cells, in whatever process a launcher puts them."""


class SweepRun(Callback):
    """Opens the parent run before the first cell and closes it after the last."""

    _open: "ClassVar[SweepRun | None]" = None

    @classmethod
    def discard(cls) -> None:
        """Delete the parent run of a sweep that Hydra refused to start."""
        if cls._open:
            cls._open._tracker.discard_sweep(cls._open._run)  # noqa: SLF001 - its own class's instance
            cls._open = None

    def on_multirun_start(self, config: DictConfig, **_: Any) -> None:
        """Open the parent run."""
        if rank(config):
            return
        from langmix.tracking.runs import Tracker
        from langmix.tracking.store import Store

        try:
            self._store = Store.open(config.store.root, config.store.tracking_uri)
            self._tracker = Tracker.open(self._store, config.tracking.experiment)
            self._run = self._tracker.open_sweep(_name(config))
        except LangmixError as error:
            # Hydra turns an error in a callback into a warning; this one must end the program.
            sys.stderr.write(f"langmix: {error}\n")
            raise SystemExit(2) from error
        os.environ[SWEEP] = self._run.id
        SweepRun._open = self

    def on_multirun_end(self, config: DictConfig, **_: Any) -> None:
        """Close the parent run and print its cells side by side."""
        if rank(config):
            return
        from langmix.app.tables import show_sweep
        from langmix.tracking.read import children

        self._tracker.close_sweep(self._run)
        SweepRun._open = None
        os.environ.pop(SWEEP, None)
        cells = children(self._store, self._run.id)
        show_sweep(self._store, cells, Path(config.hydra.sweep.dir))


def _name(config: DictConfig) -> str:
    """What is swept over, such as ``sampler=x_y,hybrid seed=0,1``."""
    given = OverridesParser.create().parse_overrides(list(config.hydra.overrides.task))
    swept = {each.key_or_group: each.get_value_string() for each in given if each.is_sweep_override()}
    named = {**(config.hydra.sweeper.get("params") or {}), **swept}
    return " ".join(f"{key}={choices}" for key, choices in named.items()) or "sweep"
