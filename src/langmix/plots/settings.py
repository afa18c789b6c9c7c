"""Bars over settings."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from langmix.plots.style import COLOURS, SETTINGS, UNTRAINED_COLOUR, drawing, letter_width, share, wrapped

_HATCHES = ("", "///", "...", "xxx", "---")
_HANDLE = 0.7
"""Width, in inches, of what stands before a label in a legend, and of the space between columns."""


@dataclass(frozen=True)
class Arm:
    """One group of bars.

    Attributes:
        label: its name in the legend.
        metrics: flat metrics, `{dataset}/{setting}/{measure}`.
        untrained: the backbone as it is: drawn in grey, as the level the others start from.
    """

    label: str
    metrics: Mapping[str, float]
    untrained: bool = False


def settings_chart(arms: Sequence[Arm], dataset: str, path: Path) -> None:
    """Draw mAP in the three settings and, beside it, rank distance, one bar per arm.

    Args:
        arms: what to compare, in the order of the legend.
        dataset: whose metrics are drawn.
        path: the PNG to write.
    """
    colours = _colours(arms)
    step = min(0.8 / len(arms), 0.4)  # a lone bar would fill its panel
    width = max(8.5, 4.5 + 1.1 * len(arms))
    names, legend_columns, legend_lines = _legend([arm.label for arm in arms], width)
    title = wrapped(dataset, width, 11)
    with drawing(path, width, 4 + 0.21 * legend_lines + 0.19 * (1 + title.count("\n"))) as figure:
        drawn = []
        quality, distance = figure.subplots(1, 2, width_ratios=[3, 1.25])
        for place, (arm, (colour, hatch)) in enumerate(zip(arms, colours, strict=True)):
            offset = (place - (len(arms) - 1) / 2) * step
            effect = [arm.metrics.get(f"{dataset}/{setting}/map", math.nan) for setting in SETTINGS]
            bias = arm.metrics.get(f"{dataset}/multilingual/rank_distance", math.nan)
            style = {"width": 0.95 * step, "color": colour, "hatch": hatch, "edgecolor": "white"}
            bars = quality.bar([x + offset for x in range(3)], _heights(effect), **style)
            drawn.append(bars)
            quality.bar_label(bars, [share(value) for value in effect], **_label_style(len(arms)))
            bars = distance.bar([offset], _heights([bias]), **style)
            distance.bar_label(bars, [_ranks(bias)], **_label_style(len(arms)))
        quality.set_xticks(range(3), list(map(_two_lines, SETTINGS.values())))
        quality.set_ylim(0, 1)
        quality.set_ylabel("mAP (higher is better)")
        distance.set_xticks([0], [_two_lines(SETTINGS["multilingual"])])
        distance.set_xlim(-0.5, 0.5)
        distance.margins(y=0.2)
        distance.set_ylim(bottom=0)
        distance.set_ylabel("rank distance (lower is better)")
        for axes in (quality, distance):
            axes.spines[["top", "right"]].set_visible(False)
            axes.tick_params(axis="x", length=0)
        figure.suptitle(title, fontsize=11)
        # Labels of their own accord leave out names that begin with an underscore.
        figure.legend(drawn, names, loc="outside lower center", ncols=legend_columns, frameon=False)


def _legend(labels: Sequence[str], width: float) -> tuple[list[str], int, int]:
    """Labels in lines, and how many columns and lines they take in a legend that is ``width`` inches wide."""
    longest = max(map(len, labels))
    columns = next(number for number in (4, 3, 2, 1) if number == 1 or _column(longest) * number <= width)
    columns = min(columns, len(labels))
    names = [wrapped(label, width / columns - _HANDLE, 10) for label in labels]
    most = max(name.count("\n") + 1 for name in names)
    return names, columns, most * -(-len(labels) // columns)


def _column(letters: int) -> float:
    """Width of a legend's column with a label of so many letters, in inches."""
    return _HANDLE + letters * letter_width(10)


def _colours(arms: Sequence[Arm]) -> list[tuple[str, str]]:
    """Return a colour and a hatch per arm; hatches tell arms apart once the colours are used up."""
    chosen = []
    trained = 0
    for arm in arms:
        if arm.untrained:
            chosen.append((UNTRAINED_COLOUR, ""))
        else:
            chosen.append((COLOURS[trained % len(COLOURS)], _HATCHES[trained // len(COLOURS) % len(_HATCHES)]))
            trained += 1
    return chosen


def _two_lines(name: str) -> str:
    """Put what a setting's name has in brackets below it."""
    return name.replace(" (", "\n(")


def _heights(values: Sequence[float]) -> list[float]:
    """Return bar heights: none where nothing was measured, for a bar without a height gets no label either."""
    return [0.0 if math.isnan(value) else value for value in values]


def _label_style(arms: int) -> dict[str, float]:
    """Upright numbers while they fit beside each other, else turned."""
    return {"fontsize": 8, "padding": 2, "rotation": 0 if arms <= 4 else 90}


def _ranks(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:,.0f}"
