"""What is different between a run and the same run again: configuration, what it was made of, figures."""

import math
from collections.abc import Iterator, Mapping, Sequence

from rich import box
from rich.console import RenderableType
from rich.table import Table

from langmix.console import literal
from langmix.tracking.cell import MODEL, TRAINED_BY, Cell
from langmix.tracking.provenance import CODE, PACKAGES, PREFIX

_FACTS = {
    "langmix": PREFIX + "version",
    "code": CODE,
    "code of the training": TRAINED_BY,
    "python": PREFIX + "python",
    "threads": PREFIX + "threads",
    "processor": PREFIX + "processor",
    **{package: PREFIX + package for package in PACKAGES},
    "backbone": PREFIX + "backbone_origin",
    "evaluation data": PREFIX + "fingerprint.dataset",
    "training data": PREFIX + "fingerprint.corpus",
    "trained model": MODEL,
}
_ABSENT = "–"


def differences(before: Cell, now: Cell) -> Iterator[RenderableType]:
    """Tables of what differs, and a line on the figures.

    Args:
        before: The run.
        now: The run again, with changes or without.
    """
    changes, facts = _changes(before.params, now.params), _different_facts(before, now)
    for heading, rows in (("configuration", changes), ("made of", facts)):
        if rows:
            yield _table(heading, rows)
    yield from _figures_held(before, now, same=not changes)


def _changes(before: Mapping[str, str], now: Mapping[str, str]) -> list[tuple[str, str, str]]:
    keys = [key for key in sorted({*before, *now}) if not key.startswith("store.") and not key.endswith(".store")]
    pairs = [(key, before.get(key, _ABSENT), now.get(key, _ABSENT)) for key in keys]
    return [(key, old, new) for key, old, new in pairs if old != new]


def _different_facts(before: Cell, now: Cell) -> list[tuple[str, str, str]]:
    pairs = [(name, before.tags.get(tag, _ABSENT), now.tags.get(tag, _ABSENT)) for name, tag in _FACTS.items()]
    return [(name, old[:40], new[:40]) for name, old, new in pairs if old != new]


def _table(heading: str, rows: Sequence[tuple[str, ...]], *more: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in (heading, "before", "now", *more):
        table.add_column(name, overflow="fold", justify="right" if more and name != heading else "left")
    for row in rows:
        table.add_row(*literal(*row))
    return table


def _figures_held(before: Cell, now: Cell, *, same: bool) -> Iterator[RenderableType]:
    old, new = _figures(before), _figures(now)
    names = [name for name in new if name in old]
    differ = [name for name in names if old[name] != new[name] and not math.isnan(old[name] + new[name])]
    data = _FACTS["evaluation data"]
    if not names:
        yield f"run {before.run_id} {before.status.lower()} and has no figures to hold these against"
    elif before.tags.get(data) != now.tags.get(data):
        yield "measured on other data: these figures cannot be held against those of before"
    elif not differ:
        yield f"all {len(names)} figures are identical"
    else:
        rows = [(name, f"{old[name]:.6g}", f"{new[name]:.6g}", f"{new[name] - old[name]:+.6g}") for name in differ]
        yield _table("figure", rows, "change")
        although = ", although no value of the configuration does" if same else ""
        yield f"{len(differ)} of {len(names)} figures differ{although}"


def _figures(cell: Cell) -> dict[str, float]:
    start = f"{cell.key.dataset}/"
    return {name.removeprefix(start): value for name, value in cell.metrics.items() if name.startswith(start)}
