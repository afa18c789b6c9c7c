"""Matrices over language pairs."""

import math
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from langmix.plots.style import drawing, share, wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

POOL = "pool"
GAP = 0.35
"""Width, in columns, that sets the pool apart from the language pairs."""


def pair_matrix(by_pair: pd.DataFrame, title: str, path: Path) -> None:
    """Draw mAP for every query language (row) and candidate language (column), with the pool in a column of its own.

    The diagonal, outlined, is monolingual retrieval. The colour scale is always 0 to 1, so matrices can be compared.

    Args:
        by_pair: tidy table with `setting`, `query_language`, `candidate_language` and `map`.
        title: printed above the matrix.
        path: the PNG to write.
    """
    pairs = by_pair.pivot(index="query_language", columns="candidate_language", values="map")
    languages = sorted(set(pairs.index) | (set(pairs.columns) - {POOL}))
    columns = [*languages, POOL] if POOL in pairs.columns else languages
    pairs = pairs.reindex(index=languages, columns=columns).astype(float)
    width, height = _size(pairs)
    title = wrapped(title, width - 1, 11)
    with drawing(path, width, height + _added(title)) as figure:
        axes = figure.add_subplot()
        _draw_matrix(axes, pairs)
        axes.set_xlabel("language of the candidates" + ("\n(pool: all of them at once)" if POOL in columns else ""))
        axes.set_title(title, fontsize=11)
        _draw_scale(figure, axes, "mAP")


def bias_matrix(by_pair: pd.DataFrame, title: str, path: Path) -> None:
    """Draw which language favours which in the pool: what the top holds, and what it finds of each language.

    Without language bias all cells of a row are alike in the left matrix where all languages hold as many answers, and
    in the right one always. The diagonal, outlined, is the query's own language.

    Args:
        by_pair: tidy table with `query_language`, `candidate_language`, `top_share` and, unless rankings are cut off,
            `single_answer_map`.
        title: printed above the matrices.
        path: the PNG to write.
    """
    panels = {
        "top_share": "share of each language\nin the top of the pool",
        "single_answer_map": "mAP in the pool with the\nanswer in one language only",
    }
    panels = {name: panel for name, panel in panels.items() if name in by_pair}
    matrices = [by_pair.pivot(index="query_language", columns="candidate_language", values=name) for name in panels]
    width, height = _size(matrices[0])
    width = len(panels) * width - 2 * (len(panels) - 1)
    title = wrapped(title, width, 11)
    with drawing(path, width, height + 0.5 + _added(title)) as figure:
        for axes, matrix, panel in zip(
            figure.subplots(1, len(panels), squeeze=False)[0], matrices, panels.values(), strict=True
        ):
            _draw_matrix(axes, matrix)
            axes.set_xlabel("language of the candidates")
            axes.set_title(panel, fontsize=10)
        _draw_scale(figure, figure.axes[-1], "share, mAP")
        figure.suptitle(title, fontsize=11)


def _size(matrix: pd.DataFrame) -> tuple[float, float]:
    """Width and height of a figure that a matrix is readable in, in inches."""
    return max(0.52 * len(matrix.columns) + 2.4, 4.8), max(0.44 * len(matrix) + 1.7, 3.2)


def _added(title: str) -> float:
    """Height that the second and further lines of a title take, in inches."""
    return 0.19 * title.count("\n")


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
        axes.text(x, y, share(value), ha="center", va="center", fontsize=9, color="white" if dark else "black")


def _draw_scale(figure: "Figure", axes: "Axes", label: str) -> None:
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    scale = figure.colorbar(ScalarMappable(Normalize(0, 1), "viridis"), ax=axes, shrink=0.8, pad=0.02)
    scale.set_label(label)
    scale.outline.set_visible(False)
