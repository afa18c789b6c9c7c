"""What the terminal shows at the end of a cell and of a sweep."""

import math
from pathlib import Path
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.table import Table

from langmix.plots.settings import Arm, settings_chart
from langmix.studies.comparison import COLUMNS, comparison_table, comparison_text
from langmix.tracking.cell import Cell
from langmix.tracking.store import Store

if TYPE_CHECKING:
    from langmix.app.cell import Outcome


def console() -> Console:
    """Standard output; wide enough for the tables where it is no terminal."""
    plain = Console()
    return plain if plain.is_terminal else Console(width=100)


def show_cell(outcome: "Outcome", folder: Path) -> None:
    """Print a cell's figures by query language, and where everything is."""
    key = outcome.key
    table = Table(title=f"{key.name} on {key.dataset}", box=box.SIMPLE_HEAD, title_justify="left")
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
    out.print(f"tables and plots: {folder}", soft_wrap=True, highlight=False)
    out.print(_ui(outcome.store), soft_wrap=True, highlight=False)


def show_sweep(store: Store, cells: list[Cell], folder: Path) -> None:
    """Print the cells of a sweep side by side and draw them in one chart per data set."""
    out = console()
    if out.is_terminal:
        out.print(comparison_table(cells))
    else:  # no bold in a file or a pipe: the best figures carry a mark instead
        out.print(comparison_text(cells, out.width), markup=False, highlight=False)
    for dataset in sorted({cell.key.dataset for cell in cells}):
        finished = [cell for cell in cells if cell.key.dataset == dataset and cell.status == "FINISHED"]
        if finished:
            chart = folder / f"{dataset}.png"
            arms = [Arm(cell.key.name, cell.metrics, untrained=cell.key.untouched) for cell in finished]
            settings_chart(arms, dataset, chart)
            out.print(f"chart: {chart}", soft_wrap=True, highlight=False)
    out.print(f"tables and plots of each cell: {folder}/*/", soft_wrap=True, highlight=False)
    out.print(_ui(store), soft_wrap=True, highlight=False)


def _ui(store: Store) -> str:
    return f"compare: mlflow ui --backend-store-uri {store.tracking_uri}"
