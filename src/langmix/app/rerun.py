"""``langmix rerun``: a tracked cell again, as it was or with changes, and what came out differently."""

import argparse
import logging
import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rich import box
from rich.table import Table

from langmix.app import tracked
from langmix.app.configuration import add_config_dir, composed
from langmix.app.output import own_folder
from langmix.app.tables import console, literal
from langmix.errors import LangmixError
from langmix.tracking.cell import TRAINED_BY
from langmix.tracking.provenance import CODE, PACKAGES, PREFIX

if TYPE_CHECKING:
    from langmix.tracking.cell import Cell

_FACTS = {
    "langmix": PREFIX + "version",
    "code": CODE,
    "code of the training": TRAINED_BY,
    "python": PREFIX + "python",
    "threads": PREFIX + "threads",
    **{package: PREFIX + package for package in PACKAGES},
    "backbone": PREFIX + "backbone_origin",
    "evaluation data": PREFIX + "fingerprint.dataset",
    "training data": PREFIX + "fingerprint.corpus",
    "trained model": PREFIX + "fingerprint.training",
}
_ABSENT = "–"


def main(arguments: Sequence[str]) -> None:
    """Run a tracked cell again."""
    parser = argparse.ArgumentParser(
        prog="langmix rerun",
        description="A tracked cell again, with the values it was tracked with; says what is different from then.",
    )
    parser.add_argument("run", metavar="RUN_ID", help="MLflow id of a cell")
    parser.add_argument("overrides", nargs="*", metavar="KEY=VALUE", help="changes")
    add_config_dir(parser)
    options = parser.parse_intermixed_args(arguments)

    from langmix.app import cell
    from langmix.store import Store
    from langmix.tracking import read

    place = composed([each for each in options.overrides if each.startswith("store.")], options.config_dir)
    store = Store.open(place.store.root, place.store.tracking_uri)
    before = read.cell(store, options.run)
    values = tracked.read(read.artifact(store, before.run_id, "config.yaml"), options.config_dir)
    cfg = tracked.changed(values, options.overrides, options.config_dir)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    output = own_folder(Path("outputs") / f"{datetime.now().astimezone():%Y-%m-%d/%H-%M-%S}")
    outcome = cell.run(cfg, output, None, {"rerun_of": before.run_id})
    if outcome is None:
        raise LangmixError(f"run {before.run_id}: was not run again")
    now = read.cell(store, outcome.run_id)
    out = console()
    out.print(f"run {now.run_id}, again after {before.run_id}; tables and plots: {output}", soft_wrap=True)
    changes, facts = _differences(before.params, now.params), _different_facts(before, now)
    for heading, rows in (("configuration", changes), ("made of", facts)):
        if rows:
            out.print(_table(heading, rows))
    _show_figures(before, now, same=not changes)


def _differences(before: Mapping[str, str], now: Mapping[str, str]) -> list[tuple[str, str, str]]:
    keys = [key for key in sorted({*before, *now}) if not key.startswith("store.") and not key.endswith(".store")]
    pairs = [(key, before.get(key, _ABSENT), now.get(key, _ABSENT)) for key in keys]
    return [(key, old, new) for key, old, new in pairs if old != new]


def _different_facts(before: "Cell", now: "Cell") -> list[tuple[str, str, str]]:
    pairs = [(name, before.tags.get(tag, _ABSENT), now.tags.get(tag, _ABSENT)) for name, tag in _FACTS.items()]
    return [(name, old[:40], new[:40]) for name, old, new in pairs if old != new]


def _table(heading: str, rows: Sequence[tuple[str, ...]], *more: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in (heading, "before", "now", *more):
        table.add_column(name, overflow="fold", justify="right" if more and name != heading else "left")
    for row in rows:
        table.add_row(*literal(*row))
    return table


def _show_figures(before: "Cell", now: "Cell", *, same: bool) -> None:
    old, new = _figures(before), _figures(now)
    names = [name for name in new if name in old]
    differ = [name for name in names if old[name] != new[name] and not math.isnan(old[name] + new[name])]
    out = console()
    data = _FACTS["evaluation data"]
    if not names:
        out.print(f"run {before.run_id} {before.status.lower()} and has no figures to hold these against")
    elif before.tags.get(data) != now.tags.get(data):
        out.print("measured on other data: these figures cannot be held against those of before", soft_wrap=True)
    elif not differ:
        out.print(f"all {len(names)} figures are identical", highlight=False)
    else:
        rows = [(name, f"{old[name]:.6g}", f"{new[name]:.6g}", f"{new[name] - old[name]:+.6g}") for name in differ]
        out.print(_table("figure", rows, "change"))
        although = ", although no value of the configuration does" if same else ""
        out.print(f"{len(differ)} of {len(names)} figures differ{although}", highlight=False)


def _figures(cell: "Cell") -> dict[str, float]:
    start = f"{cell.key.dataset}/"
    return {name.removeprefix(start): value for name, value in cell.metrics.items() if name.startswith(start)}
