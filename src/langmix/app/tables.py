"""What the terminal shows at the end of a cell and of a sweep."""

import math
import os
import shlex
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from rich import box
from rich.table import Table

from langmix.cell_key import UNTRAINED
from langmix.configuration.quoting import quote
from langmix.console import console, literal
from langmix.plots.settings import Arm, settings_chart
from langmix.store import Store
from langmix.studies.arms import arms
from langmix.studies.comparison import COLUMNS, comparison_table, comparison_text
from langmix.texts import one_line
from langmix.tracking.cell import OUTCOMES, Cell

if TYPE_CHECKING:
    from langmix.app.cell import Outcome


def show_cell(outcome: "Outcome", folder: Path) -> None:
    """Print a cell's figures by query language, and where everything is."""
    key = outcome.key
    table = Table(title=one_line(f"{key.name} on {key.dataset}"), box=box.SIMPLE_HEAD, title_justify="left")
    table.add_column("query\nlanguage")
    for column in COLUMNS:
        table.add_column(column.heading, justify="right")
    figures = outcome.languages.pivot(index="query_language", columns="setting").swaplevel(axis=1)
    figures.columns = figures.columns.map("/".join)
    for language, row in figures.iterrows():
        table.add_row(str(language), *(column.text(row.get(column.metric, math.nan)) for column in COLUMNS))
    table.add_section()
    means = figures.mean()
    table.add_row("mean", *(column.text(means.get(column.metric, math.nan)) for column in COLUMNS), style="bold")
    out = console()
    out.print(table)
    out.print(f"tables and plots: {folder}", soft_wrap=True)
    out.print(*literal(_ui(outcome.store, outcome.run_id)), soft_wrap=True)


def show_sweep(store: Store, sweep_id: str, cells: list[Cell], folder: Path) -> None:
    """Print the cells of a sweep side by side and draw them in one chart per data set."""
    out = console()
    if out.is_terminal:
        out.print(comparison_table(cells))
    else:  # no bold in a file or a pipe: the best figures carry a mark instead
        out.print(comparison_text(cells, out.width))
    labels = {arm.cells[0].arm: arm.name for arm in arms(cells)}
    for dataset in sorted({cell.key.dataset for cell in cells}):
        finished = [cell for cell in cells if cell.key.dataset == dataset and cell.status == "FINISHED"]
        if finished:
            chart = folder / f"{dataset}.png"
            settings_chart([_bars(cell, labels[cell.arm]) for cell in finished], dataset, chart)
            out.print(f"chart: {chart}", soft_wrap=True)
    out.print(f"tables and plots of each cell: {folder}/*/", soft_wrap=True)
    out.print(*literal(_ui(store, sweep_id)), soft_wrap=True)


def _bars(cell: Cell, label: str) -> Arm:
    seed = "" if cell.key.sampler == UNTRAINED else f"·s{cell.key.seed}"
    return Arm(label + seed, cell.metrics, untrained=cell.key.untouched)


def show_outcomes(cells: list[Cell]) -> None:
    """Print how many cells of a sweep were run, reused, failed or not run, and why the finished ones were run or not.

    Why the others are not finished stands under the comparison.
    """
    # Several processes end them in any order.
    counts = sorted(Counter(cell.outcome for cell in cells).items(), key=lambda each: OUTCOMES.index(each[0]))
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("outcome", "cell", "why"):
        table.add_column(heading, overflow="fold")
    for cell in cells:
        if not cell.reason:
            table.add_row(*literal(cell.outcome, f"{cell.key.name} on {cell.key.dataset}", cell.because))
    out = console()
    out.print(f"\n{len(cells)} cells: " + ", ".join(f"{count} {outcome}" for outcome, count in counts))
    out.print(table)


def _ui(store: Store, run_id: str) -> str:
    usual = Store.at(os.environ.get("LANGMIX_HOME", ".langmix")).root
    elsewhere = "" if store.root == usual else f" {shlex.quote(f'store.root={quote(str(store.root))}')}"
    return f"in MLflow: langmix ui {run_id}{elsewhere}"
