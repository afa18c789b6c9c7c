"""Charts of one evaluation: a matrix over language pairs, and bars over settings.

Equal input gives equal bytes: matplotlib's own defaults whatever the user's, no clock, no screen.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:  # matplotlib takes a second to import: only functions that draw pay for it
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

POOL = "pool"
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442")
"""Okabe and Ito's palette, told apart with any kind of colour vision."""
UNTRAINED_COLOUR = "#9A9A9A"
SETTINGS = {"monolingual": "monolingual", "cross_lingual": "cross-lingual", "multilingual": "multilingual\n(pooled)"}
GAP = 0.35
"""Width, in columns, that sets the pool apart from the language pairs."""


@dataclass(frozen=True)
class Arm:
    """One group of bars.

    Attributes:
        label: its name in the legend.
        metrics: flat metrics, `{dataset}/{setting}/{measure}`.
        untrained: drawn in grey, as the level the others start from.
    """

    label: str
    metrics: Mapping[str, float]
    untrained: bool = False


def pair_matrix(by_pair: pd.DataFrame, title: str, path: Path) -> None:
    """Draw mAP for every query language (row) and corpus language (column), with the pool in a column of its own.

    The diagonal, outlined, is monolingual retrieval. The colour scale is always 0 to 1, so matrices can be compared.

    Args:
        by_pair: tidy table with `setting`, `query_language`, `corpus_language` and `map`.
        title: printed above the matrix.
        path: the PNG to write.
    """
    pairs = by_pair.pivot(index="query_language", columns="corpus_language", values="map")
    languages = sorted(set(pairs.index) | (set(pairs.columns) - {POOL}))
    columns = [*languages, POOL] if POOL in pairs.columns else languages
    pairs = pairs.reindex(index=languages, columns=columns).astype(float)
    with _drawing(path, *_size(pairs)) as figure:
        axes = figure.add_subplot()
        _draw_matrix(axes, pairs)
        axes.set_xlabel("language of the candidates" + (" (pool: all of them at once)" if POOL in columns else ""))
        axes.set_title(title, fontsize=11)
        _draw_scale(figure, axes, "mAP")


def bias_matrix(by_pair: pd.DataFrame, title: str, path: Path) -> None:
    """Draw which language favours which in the pool: what the top holds, and what it finds of each language.

    Without language bias all cells of a row are alike in the left matrix where all languages hold as many answers, and
    in the right one always. The diagonal, outlined, is the query's own language.

    Args:
        by_pair: tidy table with `query_language`, `candidate_language`, `top_share` and `single_answer_map`.
        title: printed above the matrices.
        path: the PNG to write.
    """
    panels = {
        "top_share": "share of each language in the top of the pool",
        "single_answer_map": "mAP in the pool with the answer in one language only",
    }
    matrices = [by_pair.pivot(index="query_language", columns="candidate_language", values=name) for name in panels]
    width, height = _size(matrices[0])
    with _drawing(path, 2 * width - 0.8, height + 0.3) as figure:
        for axes, matrix, panel in zip(figure.subplots(1, 2), matrices, panels.values(), strict=True):
            _draw_matrix(axes, matrix)
            axes.set_xlabel("language of the candidates")
            axes.set_title(panel, fontsize=10)
        _draw_scale(figure, figure.axes[-1], "share, mAP")
        figure.suptitle(title, fontsize=11)


def settings_chart(arms: Sequence[Arm], dataset: str, path: Path) -> None:
    """Draw mAP in the three settings and, beside it, rank distance, one bar per arm.

    Args:
        arms: what to compare, in the order of the legend.
        dataset: whose metrics are drawn.
        path: the PNG to write.
    """
    colours = _colours(arms)
    step = min(0.8 / len(arms), 0.4)  # a lone bar would fill its panel
    with _drawing(path, max(8.5, 4.5 + 1.1 * len(arms)), 4.4) as figure:
        quality, distance = figure.subplots(1, 2, width_ratios=[3, 1.25])
        for place, (arm, (colour, hatch)) in enumerate(zip(arms, colours, strict=True)):
            offset = (place - (len(arms) - 1) / 2) * step
            effect = [arm.metrics.get(f"{dataset}/{setting}/map", math.nan) for setting in SETTINGS]
            bias = arm.metrics.get(f"{dataset}/multilingual/rank_distance", math.nan)
            style = {"width": 0.95 * step, "color": colour, "hatch": hatch, "edgecolor": "white"}
            bars = quality.bar([x + offset for x in range(3)], _heights(effect), label=arm.label, **style)
            quality.bar_label(bars, [_share(value) for value in effect], **_label_style(len(arms)))
            bars = distance.bar([offset], _heights([bias]), **style)
            distance.bar_label(bars, [_ranks(bias)], **_label_style(len(arms)))
        quality.set_xticks(range(3), list(SETTINGS.values()))
        quality.set_ylim(0, 1)
        quality.set_ylabel("mAP (higher is better)")
        distance.set_xticks([0], [SETTINGS["multilingual"]])
        distance.set_xlim(-0.5, 0.5)
        distance.margins(y=0.2)
        distance.set_ylim(bottom=0)
        distance.set_ylabel("rank distance (lower is better)")
        for axes in (quality, distance):
            axes.spines[["top", "right"]].set_visible(False)
            axes.tick_params(axis="x", length=0)
        figure.suptitle(dataset, fontsize=11)
        figure.legend(loc="outside lower center", ncols=min(len(arms), 4), frameon=False)


@contextmanager
def _drawing(path: Path, width: float, height: float) -> "Iterator[Figure]":
    """Give a figure of `width` by `height` inches and save it as a PNG."""
    from matplotlib import rc_context, rcParamsDefault
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    own = {key: value for key, value in rcParamsDefault.items() if not key.startswith("backend")}
    with rc_context(own):
        figure = Figure(figsize=(width, height), layout="constrained")
        FigureCanvasAgg(figure)
        yield figure
        # The version matplotlib writes into a PNG would make equal pictures differ.
        figure.savefig(path, format="png", dpi=150, metadata={"Software": None}, bbox_inches="tight", pad_inches=0.12)


def _size(matrix: pd.DataFrame) -> tuple[float, float]:
    """Width and height of a figure that a matrix is readable in, in inches."""
    return 0.52 * len(matrix.columns) + 2.6, 0.44 * len(matrix) + 1.7


def _draw_matrix(axes: "Axes", matrix: pd.DataFrame) -> None:
    """Draw shares by query language (row) and candidate language (column), own languages outlined."""
    places = {name: place + (GAP if name == POOL else 0) for place, name in enumerate(matrix.columns)}
    for column, (corpus, x) in enumerate(places.items()):
        for y, query in enumerate(matrix.index):
            _draw_cell(axes, (x, y), float(matrix.to_numpy()[y, column]), outlined=corpus == query)
    axes.set_xlim(-0.6, max(places.values()) + 0.6)
    axes.set_ylim(len(matrix) - 0.4, -0.6)
    axes.set_aspect("equal")
    axes.set_xticks(list(places.values()), list(places))
    axes.set_yticks(range(len(matrix)), list(matrix.index))
    axes.set_ylabel("language of the query")
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def _draw_cell(axes: "Axes", centre: tuple[float, float], value: float, *, outlined: bool) -> None:
    from matplotlib import colormaps
    from matplotlib.patches import Rectangle

    x, y = centre
    missing = math.isnan(value)
    colour = (0.95, 0.95, 0.95, 1.0) if missing else colormaps["viridis"](value)
    axes.add_patch(Rectangle((x - 0.5, y - 0.5), 1, 1, facecolor=colour, edgecolor="white", linewidth=0.8))
    if outlined:
        frame = Rectangle((x - 0.46, y - 0.46), 0.92, 0.92, fill=False, edgecolor="black", linewidth=1.6, zorder=3)
        axes.add_patch(frame)
    if not missing:
        red, green, blue, _ = colour
        dark = 0.2126 * red + 0.7152 * green + 0.0722 * blue < 0.5
        axes.text(x, y, _share(value), ha="center", va="center", fontsize=9, color="white" if dark else "black")


def _draw_scale(figure: "Figure", axes: "Axes", label: str) -> None:
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    scale = figure.colorbar(ScalarMappable(Normalize(0, 1), "viridis"), ax=axes, shrink=0.8, pad=0.02)
    scale.set_label(label)
    scale.outline.set_visible(False)


def _colours(arms: Sequence[Arm]) -> list[tuple[str, str]]:
    """Return a colour and a hatch per arm; hatches tell arms apart once the colours are used up."""
    chosen = []
    trained = 0
    for arm in arms:
        if arm.untrained:
            chosen.append((UNTRAINED_COLOUR, ""))
        else:
            chosen.append((COLOURS[trained % len(COLOURS)], "///" if trained >= len(COLOURS) else ""))
            trained += 1
    return chosen


def _heights(values: Sequence[float]) -> list[float]:
    """Return bar heights: none where nothing was measured, for a bar without a height gets no label either."""
    return [0.0 if math.isnan(value) else value for value in values]


def _label_style(arms: int) -> dict[str, float]:
    """Upright numbers while they fit beside each other, else turned."""
    return {"fontsize": 8, "padding": 2, "rotation": 0 if arms <= 4 else 90}


def _share(value: float) -> str:
    """Print a measure between 0 and 1 as the field does: `.79`."""
    if math.isnan(value):
        return "–"
    return f"{value:.2f}".removeprefix("0")


def _ranks(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:,.0f}"
