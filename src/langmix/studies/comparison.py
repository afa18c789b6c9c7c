"""Tracked cells side by side, with the published figures under those that have any."""

import io
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from langmix.cell_key import UNTRAINED
from langmix.direction import Direction
from langmix.measures import Measure, measure
from langmix.studies.arms import arms
from langmix.studies.published import published_figures
from langmix.texts import one_line
from langmix.tracking.cell import Cell


@dataclass(frozen=True)
class Column:
    """A column of figures.

    Attributes:
        heading: printed above it.
        metric: `{setting}/{measure}`, the metric's name without its dataset.
    """

    heading: str
    metric: str

    @property
    def measure(self) -> Measure:
        """What the column holds."""
        return measure(self.metric.rpartition("/")[2])

    def text(self, value: float) -> str:
        """Print a value as the field does: `.7981`, `227.1`."""
        return self.measure.text(value)

    def best(self, rows: Iterable[Mapping[str, float]]) -> str | None:
        """Return the best value as printed, so that what looks equal is marked equally."""
        values = [value for row in rows if not math.isnan(value := row.get(self.metric, math.nan))]
        if not values:
            return None
        return self.text(min(values) if self.measure.direction == Direction.LOWER else max(values))


COLUMNS = (
    Column("mono\nmAP", "monolingual/map"),
    Column("cross\nmAP", "cross_lingual/map"),
    Column("multi\nmAP", "multilingual/map"),
    Column("multi\nR@10", "multilingual/recall_at_10"),
    Column("rank\ndist. ↓", "multilingual/rank_distance"),
)


def comparison_table(cells: Sequence[Cell]) -> Table:
    """Return the cells as a table: one section per dataset, the best of each column and section in bold.

    Cells that differ in their seed alone stand together, under a label with what else tells the arms shown apart. A
    published row follows the last seed of an arm whose corpus, training and data set are the paper's; it does not
    compete for the best. For rank distance, marked with an arrow, lower is better.
    """
    return _table(cells, mark="")


def comparison_text(cells: Sequence[Cell], width: int = 80) -> str:
    """Return the same table as plain text for files and pipes; the best values carry a `*`."""
    console = Console(file=io.StringIO(), width=width, color_system=None, force_terminal=False, legacy_windows=False)
    with console.capture() as captured:
        console.print(_table(cells, mark="*"))
    return "\n".join(line.rstrip() for line in captured.get().splitlines()) + "\n"


def _table(cells: Sequence[Cell], mark: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, caption_justify="left", caption_style="")
    table.add_column("backbone", overflow="fold")
    table.add_column("sampler", overflow="fold")
    table.add_column("seed", justify="right")
    for column in COLUMNS:
        table.add_column(column.heading, justify="right", no_wrap=True)
    labels = {arm.cells[0].arm: arm.label for arm in arms(cells)}
    for dataset in dict.fromkeys(cell.key.dataset for cell in cells):
        table.add_row(Text(one_line(dataset), style="bold underline"))
        _add_section(table, [cell for cell in cells if cell.key.dataset == dataset], labels, mark)
        table.add_section()
    unfinished = [cell for cell in cells if cell.reason]
    if unfinished:
        notes = [f"{cell.key.dataset} {cell.key.name}: {cell.outcome}: {cell.reason}" for cell in unfinished]
        table.caption = Text("\n".join(map(one_line, notes)))
    return table


def _add_section(table: Table, of_dataset: Sequence[Cell], labels: Mapping[str, str], mark: str) -> None:
    figures = {cell.run_id: _figures(cell) for cell in of_dataset}
    best = [column.best(figures.values()) for column in COLUMNS]
    for arm, label in labels.items():
        seeds = [cell for cell in of_dataset if cell.arm == arm]
        for cell in sorted(seeds, key=lambda cell: cell.key.seed):
            start = [cell.key.backbone, label, "" if cell.key.sampler == UNTRAINED else str(cell.key.seed)]
            table.add_row(*map(Text, map(one_line, start)), *_values(cell, figures[cell.run_id], best, mark))
        if seeds:
            _add_published(table, seeds[0], mark)


def _figures(cell: Cell) -> dict[str, float]:
    """Return the cell's figures under `{setting}/{measure}`; none for a cell that did not finish."""
    if cell.status != "FINISHED":
        return {}
    return _without_dataset(cell.metrics, cell.key.dataset)


def _without_dataset(metrics: Mapping[str, float], dataset: str) -> dict[str, float]:
    start = f"{dataset}/"
    return {name.removeprefix(start): value for name, value in metrics.items() if name.startswith(start)}


def _values(cell: Cell, figures: Mapping[str, float], best: Sequence[str | None], mark: str) -> list[Text]:
    blank = " " * len(mark)  # keeps the figures without a mark in line with those that have one
    if cell.status != "FINISHED":
        return [Text(cell.outcome + blank, style="red"), *(Text("–" + blank) for _ in COLUMNS[1:])]
    texts = []
    for column, best_text in zip(COLUMNS, best, strict=True):
        text = column.text(figures.get(column.metric, math.nan))
        texts.append(Text(text + mark, style="bold") if text == best_text else Text(text + blank))
    return texts


def _add_published(table: Table, cell: Cell, mark: str) -> None:
    figures = _without_dataset(published_figures(cell), cell.key.dataset)
    if figures:
        values = [column.text(figures[column.metric]) + " " * len(mark) for column in COLUMNS]
        table.add_row("", "published", "", *values, style="dim italic")
