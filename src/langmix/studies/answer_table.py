"""An answer in words and as a table."""

import math
from collections.abc import Iterator

import pandas as pd
from rich import box
from rich.table import Table
from rich.text import Text

from langmix.console import literal
from langmix.measures import measure
from langmix.measures.measure import printed
from langmix.plots.style import SETTINGS
from langmix.statistics.cluster_sums import ALL
from langmix.studies.answer import Answer

_MARKS = {"supported": "green", "contradicted": "red", "undecided": "yellow"}


def answered(answer: Answer, *, languages: bool) -> Iterator[Table | Text]:
    """The answer first, then each contrast, then how it was computed.

    Args:
        answer: What to show.
        languages: Whether to show single query languages, too.
    """
    study = answer.study
    yield Text.assemble((f"{answer.word}", f"bold {_MARKS[answer.word]}"), f"  {study.name}: {study.question}")
    if study.note:
        yield literal(study.note)[0]
    for (collection, setting), rows in answer.rows.groupby(["collection", "setting"], sort=False):
        shown = rows if languages else rows[rows["language"] == ALL]
        kind, comma, beyond = str(setting).partition(", ")
        yield _table(f"{collection}, {SETTINGS[kind].lower()}{comma}{beyond}", shown, languages=languages)
    for title, p in answer.permutations.items():
        yield literal(f"languages as a sample: {title}: p = {printed(p, 4)} over all ways to split them")[0]
    if answer.short:
        yield literal(f"undecided by the plan: {answer.short}")[0]
    if len(answer.rows):
        yield literal(_how(answer))[0]


def _table(title: str, rows: pd.DataFrame, *, languages: bool) -> Table:
    table = Table(title=Text(title), box=box.SIMPLE_HEAD, title_justify="left", pad_edge=False, collapse_padding=True)
    table.add_column("claim", overflow="fold")
    table.add_column("measure", no_wrap=True)
    if languages:
        table.add_column("", no_wrap=True)
    for heading in ("base-\nline", "arm", "change", "95 % interval", "margin", "p"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for row in rows.to_dict("records"):
        of = measure(str(row["measure"]))
        claim = f"{row['arm']} {row['claim']} than {row['against']}".replace("equivalent than", "equivalent to")
        interval = " ".join(of.text(row[end], "+") for end in ("ci_low", "ci_high"))
        figures = [of.text(row["against_mean"]), of.text(row["mean"]), of.text(row["difference"], "+"), interval]
        p = "–" if math.isnan(row["p"]) else "<.0001" if row["p"] < 0.00005 else printed(row["p"], 4)
        names = [claim, of.heading, *([str(row["language"])] if languages else [])]
        table.add_row(
            *literal(*names, *figures, of.text(row["margin"]), p), Text(row["word"], style=_MARKS[row["word"]])
        )
    return table


def _how(answer: Answer) -> str:
    rows = answer.rows
    drawn = ", ".join(f"{level}s" for level in dict.fromkeys(rows["level"]))
    return (
        f"intervals and p hold for all rows of a table's baseline together, over {rows['questions'].max()} questions "
        f"(drawn anew: {drawn}) and {rows['seeds'].max()} seeds; smallest difference that could be seen: "
        f"{measure(str(rows['measure'].iloc[0])).text(rows['mdd'].iloc[0])}"
    )
