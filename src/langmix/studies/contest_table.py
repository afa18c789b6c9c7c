"""What a comparison shows: a table per arm, what the intervals speak about, what else has to be known."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich import box
from rich.table import Table
from rich.text import Text

from langmix.console import literal
from langmix.measures import measure
from langmix.measures.measure import printed
from langmix.plots.style import SETTINGS
from langmix.studies.compared import Contest, deterministic
from langmix.texts import one_line
from langmix.tracking.cell import TRAINED_BY, Cell
from langmix.tracking.provenance import CODE

if TYPE_CHECKING:
    import pandas as pd


def scope(result: "pd.DataFrame", contest: Contest) -> str:
    """What the intervals speak about."""
    drawn = result.groupby("level")["clusters"].max().sort_values(ascending=False)
    over = ", ".join(f"{count} {level}s" for level, count in drawn.items())
    simultaneous = f"intervals and p hold for all rows of a family together, over {over}"
    if len(drawn) > 1:
        simultaneous += " (each row has the widest)"
    if len(deterministic(contest)) == 1 + len(contest.others):
        return f"{simultaneous}; nothing was trained"
    if not contest.single:
        return f"{simultaneous} and the seeds of each arm"
    return (
        f"{simultaneous}, for these very models: with one seed of {', '.join(contest.single)} nothing is said about "
        "training anew (train with seed=0,1,2 and give all runs)"
    )


def remarks(cells: Sequence[Cell]) -> list[str]:
    """What a reader has to know about how the runs were made."""
    codes = sorted({cell.tags.get(tag, "") for cell in cells for tag in (CODE, TRAINED_BY)} - {""})
    found = [
        f"run {cell.run_id} ({cell.key.name}): its encoder has collapsed, so its figures mean nothing"
        for cell in cells
        if cell.metrics.get(f"{cell.key.dataset}/embeddings/collapsed")
    ]
    if len(codes) > 1:
        found.append(f"made by {len(codes)} versions of langmix's code: {', '.join(codes)}")
    return found


def comparison(result: "pd.DataFrame", run: str, *, languages: bool) -> Table:
    """One run against the baseline; as narrow as 80 columns."""
    rows = result[result["run"] == run]
    title = f"{run} against {rows['baseline'].iloc[0]} on {rows['dataset'].iloc[0]}"
    table = Table(
        title=Text(one_line(title)),
        box=box.SIMPLE_HEAD,
        title_justify="left",
        pad_edge=False,
        collapse_padding=True,
    )
    table.add_column("measure", overflow="fold")
    if languages:
        table.add_column("", no_wrap=True)
    for heading in ("base-\nline", "run", "change", "95 % interval", "p", "Holm"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    for setting in SETTINGS:
        here = rows[(rows["setting"] == setting) & (languages | (rows["language"] == "all"))]
        if here.empty:
            continue
        table.add_section()
        table.add_row(Text(SETTINGS[setting], style="bold"))
        for row in here.to_dict("records"):
            of = measure(str(row["measure"]))
            figures = [of.text(row[side]) for side in ("baseline_mean", "mean")]
            change = of.text(row["difference"], "+")
            interval = " ".join(of.text(row[end], "+") for end in ("ci_low", "ci_high"))
            p = [chance(row[kind]) for kind in ("p_adjusted", "p_holm")]
            names = [of.heading, *([str(row["language"])] if languages else [])]
            verdict = str(row["verdict"]).removesuffix(" within margin")
            table.add_row(*literal(*names, *figures, change, interval, *p, verdict))
    return table


def chance(p: float) -> str:
    """A p-value: no draw and no test shows it to be 0; a dash where there is none."""
    return "<.0001" if p < 0.00005 else printed(p, 4)
