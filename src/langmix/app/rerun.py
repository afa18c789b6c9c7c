"""``langmix rerun``: a tracked cell again, as it was or with changes, and what came out differently."""

import argparse
import logging
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from langmix.configuration import composition, tracked
from langmix.configuration.output import own_folder
from langmix.console import console
from langmix.errors import LangmixError


def main(arguments: Sequence[str]) -> None:
    """Run a tracked cell again."""
    parser = argparse.ArgumentParser(
        prog="langmix rerun",
        description="A tracked cell again, with the values it was tracked with; says what is different from then.",
    )
    parser.add_argument("run", metavar="RUN_ID", help="MLflow id of a cell")
    parser.add_argument("overrides", nargs="*", metavar="KEY=VALUE", help="changes")
    composition.add_config_dir(parser)
    options = parser.parse_intermixed_args(arguments)

    from langmix.app import cell
    from langmix.store import Store
    from langmix.studies.differences import differences
    from langmix.tracking import read

    places = [each for each in options.overrides if each.startswith(("store.", "tracking.mirror="))]
    where = composition.read(places, options.config_dir)
    store = Store.open(where.place.root)
    (run_id,) = read.fetch(store, where.tracking.mirror, [options.run])
    before = read.cell(store, run_id)
    values = tracked.read(read.artifact(store, before.run_id, "config.yaml"), options.config_dir)
    asked = tracked.changed(values, options.overrides, options.config_dir)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    output = own_folder(Path("outputs") / f"{datetime.now().astimezone():%Y-%m-%d/%H-%M-%S}")
    outcome = cell.run(asked, output, None, {"rerun_of": before.run_id})
    if outcome is None:
        raise LangmixError(f"run {before.run_id}: was not run again")
    now = read.cell(store, outcome.run_id)
    out = console()
    out.print(f"run {now.run_id}, again after {before.run_id}; tables and plots: {output}", soft_wrap=True)
    for each in differences(before, now):
        out.print(each, soft_wrap=isinstance(each, str))
