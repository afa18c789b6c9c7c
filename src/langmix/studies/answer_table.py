"""An answer in words and as a table."""

from collections.abc import Iterator

from rich import box
from rich.table import Table
from rich.text import Text

from langmix.console import literal
from langmix.measures import measure
from langmix.measures.measure import printed
from langmix.studies.answer import Answer
from langmix.studies.contest_table import chance
from langmix.studies.told import Row, claimed, how, published_beside, tables

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
    for title, rows in tables(answer, languages=languages):
        yield _table(title, rows, languages=languages)
    for title, p in answer.permutations.items():
        yield literal(f"languages as a sample: {title}: p = {printed(p, 4)} over all ways to split them")[0]
    for line in published_beside(answer):
        yield literal(line)[0]
    if answer.short:
        yield literal(f"undecided by the plan: {answer.short}")[0]
    if len(answer.rows):
        yield literal(how(answer.rows))[0]


def _table(title: str, rows: list[Row], *, languages: bool) -> Table:
    table = Table(title=Text(title), box=box.SIMPLE_HEAD, title_justify="left", pad_edge=False, collapse_padding=True)
    table.add_column("claim", overflow="fold")
    table.add_column("measure", no_wrap=True)
    if languages:
        table.add_column("", no_wrap=True)
    for heading in ("base-\nline", "arm", "change", "95 % interval", "margin", "p"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for row in rows:
        of = measure(str(row["measure"]))
        interval = " ".join(of.text(row[end], "+") for end in ("ci_low", "ci_high"))
        figures = [of.text(row["against_mean"]), of.text(row["mean"]), of.text(row["difference"], "+"), interval]
        names = [claimed(row), of.heading, *([str(row["language"])] if languages else [])]
        table.add_row(
            *literal(*names, *figures, of.text(row["margin"]), chance(row["p"])),
            Text(row["word"], style=_MARKS[row["word"]]),
        )
    return table
