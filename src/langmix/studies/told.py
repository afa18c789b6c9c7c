"""Answers in words, for whatever shows them."""

import math
from collections.abc import Iterator, Mapping
from typing import Any, cast

import pandas as pd
from rich import box
from rich.table import Table

from langmix.console import literal
from langmix.measures import measure
from langmix.measures.measure import printed
from langmix.plots.style import SETTINGS
from langmix.statistics.cluster_sums import ALL
from langmix.statistics.effect import MOST_SEEDS, seeds_for
from langmix.studies.answer import Answer
from langmix.studies.ledger import mark_of
from langmix.studies.published import BACKBONES, published

Row = dict[str, Any]
"""A row of an answer, see `langmix.studies.answer.ROWS`."""


def tables(answer: Answer, *, languages: bool = False) -> Iterator[tuple[str, list[Row]]]:
    """Title and rows of each table of an answer.

    Args:
        answer: What to show.
        languages: Whether to show single query languages, too.
    """
    shown = answer.rows if languages else answer.rows[answer.rows["language"] == ALL]
    for (collection, setting), rows in shown.groupby(["collection", "setting"], sort=False):
        kind, comma, more = str(setting).partition(", ")
        marked = mark_of(answer.study.grid.common, str(collection))
        yield (
            f"{collection}, {SETTINGS[kind].lower()}{comma}{more} ({marked})",
            cast("list[Row]", rows.to_dict("records")),
        )


def claimed(row: Mapping[str, Any]) -> str:
    """The claim of a row in words."""
    than = "to" if row["claim"] == "equivalent" else "than"
    return f"{row['arm']} {row['claim']} {than} {row['against']}"


def how(rows: pd.DataFrame) -> str:
    """How the intervals came about."""
    drawn = " and ".join(f"{level}s" for level in dict.fromkeys(rows["level"]))
    sizes = rows.groupby("collection", sort=False)["questions"].max()
    seeds = dict.fromkeys([rows["seeds"].min(), rows["seeds"].max()])
    over = ", ".join(f"{count} questions of {name}" for name, count in sizes.items())
    return (
        "Intervals and p-values are simultaneous over the rows that share collection, setting and baseline; drawn "
        f"anew: {drawn} ({over}), and {' to '.join(map(str, seeds))} seeds of each trained arm."
    )


def published_beside(answer: Answer) -> Iterator[str]:
    """What arXiv 2408.10536 prints for the same differences, where it does, and whether our intervals hold that.

    Its runs are of other encoders and other training, one of each, so this says whether differences between samplers
    carry over, not whether a figure was reproduced.
    """
    for row in (row for _, rows in tables(answer) for row in rows):
        name = f"{row['collection']}/{row['setting']}/{measure(str(row['measure'])).metric}"
        told = []
        for backbone, title in BACKBONES.items():
            arm, against = (published(row["collection"], backbone, row[side]) for side in ("arm", "against"))
            if name in arm and name in against:
                difference = arm[name] - against[name]
                inside = "inside" if row["ci_low"] <= difference <= row["ci_high"] else "outside"
                told.append(f"{title} {measure(str(row['measure'])).text(difference, '+')} ({inside} ours)")
        if told:
            title = measure(str(row["measure"])).title
            yield (
                f"Published, {row['arm']} less {row['against']}, {SETTINGS[row['setting']].lower()} {title}: "
                + ", ".join(told)
            )


def precision(answer: Answer) -> Table:
    """What the design can show, and what it would take: of each claim, whether it is decided or not."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    table.add_column("claim", overflow="fold")
    table.add_column("measure", no_wrap=True)
    for heading in ("seeds", "standard\nerror", "of seeds\nalone", "seen in\n4 of 5", "margin", "seeds\nfor it"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in (row for _, rows in tables(answer) for row in rows):
        of = measure(str(row["measure"]))
        needed = seeds_for(row["margin"], row["error"], row["seed_error"], row["seeds"])
        figures = [printed(row[each], of.digits + 1) for each in ("error", "seed_error", "mdd")]
        told = f"{needed:.0f}" if math.isfinite(needed) else f"over {MOST_SEEDS}"
        claim = f"{claimed(row)}, {row['collection']}, {row['setting']}"
        table.add_row(*literal(claim, of.heading, str(row["seeds"]), *figures, of.text(row["margin"]), told))
    return table


def calibrated(found: pd.DataFrame) -> Table:
    """How often halves of one arm's seeds are told apart, as `langmix.studies.calibration.calibration` found."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    table.add_column("halves of one arm", overflow="fold")
    table.add_column("measure", no_wrap=True)
    for heading in ("seeds", "splits", "told\napart", "half of the\ninterval", "spread of\ndifferences"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in cast("list[Row]", found.to_dict("records")):
        of = measure(str(row["measure"]))
        counts = [str(row["seeds"]), str(row["splits"]), f"{100 * row['excluded']:.1f} %"]
        figures = [printed(row[each], of.digits + 1) for each in ("half", "spread")]
        halves = f"{row['arm']}, {row['collection']}, {SETTINGS[row['setting']].lower()}"
        table.add_row(*literal(halves, of.heading, *counts, *figures))
    table.caption = "there is no true difference: told apart in 5 % or less is as promised"
    table.caption_justify = "left"
    return table
