"""What all charts share: their colours, their words, and files that are equal to the last byte for equal input.

matplotlib's own defaults whatever the user's, no clock, no screen.
"""

import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from langmix.texts import one_line

if TYPE_CHECKING:  # matplotlib takes a second to import: only functions that draw pay for it
    from matplotlib.figure import Figure

COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442")
"""Okabe and Ito's palette, told apart with any kind of colour vision."""
UNTRAINED_COLOUR = "#9A9A9A"
SETTINGS = {"monolingual": "monolingual", "cross_lingual": "cross-lingual", "multilingual": "multilingual (pooled)"}

_LONGEST = 200  # characters of a name


@contextmanager
def drawing(path: Path, width: float, height: float) -> "Iterator[Figure]":
    """Give a figure of `width` by `height` inches and save it as a PNG.

    Its texts may come from outside: a dollar sign is no formula, and of a long name the beginning is drawn.
    """
    from matplotlib import rc_context, rcParamsDefault
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.text import Text

    own = {key: value for key, value in rcParamsDefault.items() if not key.startswith("backend")}
    own["text.parse_math"] = False
    with rc_context(own), warnings.catch_warnings():
        # A name may hold letters that matplotlib's font lacks, and nobody can do anything about it here.
        warnings.filterwarnings("ignore", message=r"Glyph .* missing from font")
        figure = Figure(figsize=(width, height), layout="constrained")
        FigureCanvasAgg(figure)
        yield figure
        for text in figure.findobj(Text):
            text.set_text(_drawable(text.get_text()))
        # The version matplotlib writes into a PNG would make equal pictures differ.
        figure.savefig(path, format="png", dpi=150, metadata={"Software": None}, bbox_inches="tight", pad_inches=0.12)


def _drawable(text: str) -> str:
    lines = (one_line(line) for line in text.split("\n"))
    return "\n".join(line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…" for line in lines)


def share(value: float) -> str:
    """Print a measure between 0 and 1 as the field does: `.79`."""
    if math.isnan(value):
        return "–"
    return f"{value:.2f}".removeprefix("0")
