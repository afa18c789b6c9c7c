"""``langmix rerun``: a tracked cell again, as it was or with changes, and what came out differently."""

import argparse
import logging
import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig, OmegaConf
from rich import box
from rich.table import Table

from langmix.app.configuration import composed
from langmix.app.tables import console, literal
from langmix.errors import LangmixError
from langmix.tracking.provenance import CODE, PACKAGES, PREFIX

if TYPE_CHECKING:
    from langmix.tracking.cell import Cell

_Leaves = dict[tuple[str, ...], Any]

_FACTS = {
    "langmix": PREFIX + "version",
    "code": CODE,
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
    options = parser.parse_args(arguments)

    from langmix.app import cell
    from langmix.tracking import read
    from langmix.tracking.store import Store

    place = composed([each for each in options.overrides if each.startswith("store.")])
    store = Store.open(place.store.root, place.store.tracking_uri)
    before = read.cell(store, options.run)
    tracked, overrides = (
        OmegaConf.load(read.artifact(store, before.run_id, name)) for name in ("config.yaml", "overrides.yaml")
    )
    then = [str(each) for each in overrides]
    cfg = changed(OmegaConf.to_container(tracked), composed(then), composed([*then, *options.overrides]))
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    output = Path("outputs") / f"{datetime.now().astimezone():%Y-%m-%d/%H-%M-%S}"
    outcome = cell.run(cfg, output, None, [*then, *options.overrides], {"rerun_of": before.run_id})
    if outcome is None:
        raise LangmixError(f"run {before.run_id}: was not run again")
    now = read.cell(store, outcome.run_id)
    out = console()
    out.print(f"run {now.run_id}, again after {before.run_id}; tables and plots: {output}", soft_wrap=True)
    values, facts = _differences(before.params, now.params), _different_facts(before, now)
    for heading, rows in (("configuration", values), ("made of", facts)):
        if rows:
            out.print(_table(heading, rows))
    _show_figures(before, now, same=not values)


def changed(tracked: Any, then: DictConfig, now: DictConfig) -> DictConfig:
    """A tracked configuration with what an override changes today.

    Values stay as they were tracked, also where the configuration files have come to say something else. Keys that
    came or went with a new version do so here, too, and places on disk are today's.

    Args:
        tracked: The resolved configuration of the run.
        then: What its overrides compose to today.
        now: What they compose to together with the new ones.
    """
    old, base, new = map(_leaves, (tracked, *(OmegaConf.to_container(cfg, resolve=True) for cfg in (then, now))))
    result: dict[str, Any] = {}
    for key, value in new.items():
        kept = key in old and key in base and base[key] == value and key[0] != "store" and key[-1] != "store"
        node = result
        for name in key[:-1]:
            node = node.setdefault(name, {})
        node[key[-1]] = old[key] if kept else value
    return OmegaConf.create(result)


def _leaves(node: Any, above: tuple[str, ...] = ()) -> _Leaves:
    if not isinstance(node, dict) or not node:
        return {above: node}
    return {key: value for name, below in node.items() for key, value in _leaves(below, (*above, str(name))).items()}


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
    if not names:
        out.print(f"run {before.run_id} {before.status.lower()} and has no figures to hold these against")
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
