"""Forest plot: differences from the baseline with their intervals, row by row."""

from collections.abc import Mapping
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from langmix.direction import Direction
from langmix.errors import LangmixError
from langmix.plots.style import COLOURS, SETTINGS, drawing, shortened
from langmix.statistics.cluster_sums import ALL

if TYPE_CHECKING:  # matplotlib takes a second to import: only functions that draw pay for it
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

MARKERS = ("o", "s", "D", "^", "v", "P", "X")
WIDTH = 7.5
"""Inches."""
CHARACTERS = 80
"""What a line of the axis' label holds at that width."""
_BETTER = {
    Direction.HIGHER: "further right is better",
    Direction.LOWER: "further left is better",
    Direction.NEITHER: "neither side is better",
}


def forest_plot(
    comparison: pd.DataFrame, dataset: str, measure: str, path: Path, titles: Mapping[str, str] | None = None
) -> None:
    """Draw the differences of one measure on one data set.

    A row per setting and language, a marker per run: filled if p_adjusted is at most 5 %, hollow if not. Lines
    are simultaneous intervals. The black line is no difference, the grey band the margin
    within which a difference does not matter.

    Args:
        comparison: from `compare`.
        dataset: which data set to draw.
        measure: which measure to draw.
        path: the PNG to write.
        titles: how measures are called; default: their names.

    Raises:
        LangmixError: the comparison holds nothing for this data set and measure.
    """
    chosen = comparison[(comparison["dataset"] == dataset) & (comparison["measure"] == measure)]
    if chosen.empty:
        raise LangmixError(f"nothing to draw: the comparison has no row for dataset '{dataset}', measure '{measure}'")
    places = _places(chosen)
    runs = list(dict.fromkeys(chosen["run"]))
    step = 0.75 / len(runs)
    height = (max(places.values()) + 1) * (0.12 + 0.07 * len(runs)) + 1.6
    with drawing(path, WIDTH, height) as figure:
        axes = figure.add_subplot()
        named: dict[str, Artist] = {}
        margin = float(chosen["margin"].max())
        if not np.isnan(margin):
            named[f"margin ±{margin:g}"] = axes.axvspan(-margin, margin, color="#E5E5E5", zorder=0)
        axes.axvline(0, color="black", linewidth=0.9, zorder=1)
        axes.hlines(
            [y + 0.5 for y in places.values()],
            0,
            1,
            "#DDDDDD",
            linewidth=0.5,
            zorder=0.5,
            transform=axes.get_yaxis_transform(),
        )
        for number, run in enumerate(runs):
            rows = chosen[chosen["run"] == run]
            keys = zip(rows["setting"], rows["language"], strict=True)
            y = np.array([places[key] for key in keys]) + (number - (len(runs) - 1) / 2) * step
            named[run] = _draw_run(axes, rows, y, number)
        _label_rows(axes, places)
        title = (titles or {}).get(measure, measure.replace("_", " "))
        better = _BETTER[Direction(chosen["direction"].iloc[0])]
        label = fill(f"difference in {title} from {shortened(chosen['baseline'].iloc[0])}", CHARACTERS)
        axes.set_xlabel(f"{label}\n({better}; hollow: adjusted p > .05)", fontsize=9)
        axes.set_title(dataset, fontsize=11)
        axes.spines[["top", "right", "left"]].set_visible(False)
        axes.tick_params(axis="y", length=0)
        columns = max(1, min(4, CHARACTERS // (max(map(len, runs)) + 8)))
        figure.legend(
            list(named.values()), list(named), loc="outside lower center", ncols=columns, frameon=False, fontsize=9
        )


def _places(chosen: pd.DataFrame) -> dict[tuple[str, str], float]:
    """Give every setting and language a height: `all` first, a gap between settings."""
    settings = [*SETTINGS, *sorted(set(chosen["setting"]) - set(SETTINGS))]
    places: dict[tuple[str, str], float] = {}
    height = 0.0
    for setting in settings:
        languages = set(chosen.loc[chosen["setting"] == setting, "language"])
        if not languages:
            continue
        for language in [*({ALL} & languages), *sorted(languages - {ALL})]:
            places[setting, language] = height
            height += 1.0
        height += 0.8
    return places


def _draw_run(axes: "Axes", rows: pd.DataFrame, y: np.ndarray, number: int) -> "Artist":
    colour, marker = COLOURS[number % len(COLOURS)], MARKERS[number // len(COLOURS) % len(MARKERS)]
    x = rows["difference"].to_numpy()
    headline = (rows["language"] == ALL).to_numpy()
    axes.hlines(y, rows["ci_low"].to_numpy(), rows["ci_high"].to_numpy(), color=colour, linewidth=1.4, zorder=2)
    found = (rows["p_adjusted"] <= 0.05).to_numpy()
    fill = np.where(found, colour, "white")
    axes.scatter(x, y, np.where(headline, 46, 22), marker=marker, c=fill, edgecolors=colour, linewidths=1.3, zorder=3)
    (drawn,) = axes.plot([], [], color=colour, marker=marker, linewidth=1.4, markersize=5)
    return drawn


def _label_rows(axes: "Axes", places: dict[tuple[str, str], float]) -> None:
    labels = [SETTINGS.get(setting, setting) if language == ALL else language for setting, language in places]
    axes.set_yticks(list(places.values()), labels)
    for label, (_, language) in zip(axes.get_yticklabels(), places, strict=True):
        label.set_fontweight("bold" if language == ALL else "normal")
        label.set_fontsize(9)
    axes.set_ylim(max(places.values()) + 0.8, -0.8)
