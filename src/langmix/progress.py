"""The one live line of a terminal: which cell of how many, its stage, how far that is and how long it takes yet."""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tqdm import tqdm


@dataclass
class Cells:
    """The cells of a sweep as this process comes to them.

    Attributes:
        label: What the live line begins with; empty outside a sweep.
    """

    label: str = ""
    _first: tuple[int, float] | None = None  # number and time

    def begin(self, number: int, cells: int | None, name: str) -> str:
        """Begin a cell, and end the one before.

        Args:
            number: Of the cell, from 1.
            cells: How many the sweep has; None where that is not known.
            name: Of the cell.

        Returns:
            What is to be said of it, with the time that the sweep takes yet if it goes on as it went: other processes
            may have made cells meanwhile.
        """
        now = time.monotonic()
        self._first = self._first or (number, now)
        made, took = number - self._first[0], now - self._first[1]
        place = f"{number} of {cells}" if cells else f"{number}"
        self.label = f"{place} {name} · "
        if not cells or made < 1:
            return f"cell {place}: {name}"
        return f"cell {place}: {name}, about {duration(took / made * (cells - number + 1))} left"


CELLS = Cells()
"""Of this process."""


def duration(seconds: float) -> str:
    """A time as one says it: ``40 s``, ``12 min``, ``3 h 5 min``."""
    minutes = round(seconds / 60)
    if minutes < 2:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60} h {minutes % 60} min"


def bar(stage: str, total: int, unit: str, done: int = 0) -> "tqdm[None]":
    """A bar on standard error that is gone when it is closed, and does not show where that is no terminal."""
    from tqdm import tqdm

    return tqdm(
        desc=CELLS.label + stage,
        total=total,
        initial=done,
        unit=f" {unit}",
        unit_scale=total > 10_000,
        leave=False,
        disable=None,
        dynamic_ncols=True,
    )
