"""What all charts share: their colours, their words, and files that are equal to the last byte for equal input.

matplotlib's own defaults whatever the user's, no clock, no screen.
"""

import math
import textwrap
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
    # Names come from the user: a $ is a $, and what the font lacks is drawn as a box without a word on the terminal.
    own["text.parse_math"] = False
    with rc_context(own), warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"Glyph .* missing from font", UserWarning)
        figure = Figure(figsize=(width, height), layout="constrained")
        FigureCanvasAgg(figure)
        yield figure
        for text in figure.findobj(Text):
            text.set_text(_drawable(text.get_text()))
        # The version matplotlib writes into a PNG would make equal pictures differ.
        figure.savefig(path, format="png", dpi=150, metadata={"Software": None}, bbox_inches="tight", pad_inches=0.12)


def wrapped(text: str, inches: float, size: float) -> str:
    """Break a text into lines that are at most about as wide as given, at a font size in points."""
    return textwrap.fill(shortened(text), max(12, int(inches / letter_width(size))), break_on_hyphens=False)


def shortened(text: str) -> str:
    """Give the beginning of a name that is too long to be read in a chart: before it is broken into lines."""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def letter_width(size: float) -> float:
    """Width of a letter, in inches, at a font size in points: .6 of its height is a little more than the mean."""
    return 0.6 * size / 72


def _drawable(text: str) -> str:
    return "\n".join(shortened(one_line(line)) for line in text.split("\n"))


def share(value: float) -> str:
    """Print a measure between 0 and 1 as the field does: `.79`."""
    if math.isnan(value):
        return "–"
    return f"{value:.2f}".removeprefix("0")
