"""``langmix study``: what a question still lacks, what that costs, and the answer."""

import argparse
import logging
import shlex
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from filelock import FileLock, Timeout

from langmix.app import cell
from langmix.app.parts import tracker
from langmix.configuration.composition import composed
from langmix.configuration.opened import Configuration, opened
from langmix.console import console, literal
from langmix.errors import LangmixError
from langmix.measures.parquet import read_table
from langmix.measures.per_query import PER_QUERY
from langmix.studies import first_plans
from langmix.studies.answer_table import answered
from langmix.studies.plan import Grid, Study, names, study
from langmix.studies.results import Results
from langmix.studies.told import calibrated, precision
from langmix.tracking.cell import SECONDS, TRAINED_BY
from langmix.tracking.provenance import CODE, PREFIX
from langmix.tracking.read import artifact

if TYPE_CHECKING:
    import pandas as pd

    from langmix.tracking.cell import Cell

_PLAN = "plan"
_PAUSE = 5.0  # seconds between looks at cells that other processes make

log = logging.getLogger(__name__)


class Wanted(NamedTuple):
    """A cell of a grid."""

    arm: str
    collection: str
    seed: int


def main(arguments: Sequence[str]) -> None:
    """Answer a study, or say what is missing."""
    parser = argparse.ArgumentParser(
        prog="langmix study",
        description="A question as arms, contrasts, margins and seeds. Says what its grid lacks, and answers it. "
        f"Studies: {', '.join(names())}.",
    )
    parser.add_argument("name", help="name of a study, or a plan's FILE.yaml")
    parser.add_argument("--run", action="store_true", help="run what is missing; several processes share the work")
    parser.add_argument("--languages", action="store_true", help="show single query languages too")
    parser.add_argument(
        "--power",
        action="store_true",
        help="how precise the answer is, and how many seeds would bring it to its margins",
    )
    parser.add_argument(
        "--calibrate",
        action="store_true",
        help="how often two halves of one arm's seeds are told apart, which is one time in twenty at most",
    )
    parser.add_argument("--results", type=Path, default=Path("results"), help="folder of gathered results")
    options = parser.parse_args(arguments)
    asked = study(options.name)
    if options.run:
        logging.basicConfig(level=logging.INFO, format="%(message)s")
        _run(asked)
    found = {name: _gathered(asked, name, options.results) for name in asked.collections}
    lacking = [each for each in _wanted(asked, asked.collections) if not _is_there(found, each)]
    missing = [each for each in lacking if each.seed < asked.grid.seeds]
    out = console()
    if missing:
        for line in _told(asked, missing, found):
            out.print(*literal(line), soft_wrap=True)
    elif lacking:
        more = f"{asked.name}: --run would make {len(lacking)} further cells, for {asked.grid.most_seeds} seeds of all"
        out.print(*literal(more), soft_wrap=True)
    there = {name: results for name, results in found.items() if results}
    if len(there) == len(asked.collections):
        _answer(asked, there, options)


def _answer(asked: Study, there: Mapping[str, Results], options: argparse.Namespace) -> None:
    """Print the answer, and what was asked for besides."""
    from langmix.studies.answer import answer

    out = console()
    found_out = answer(asked, there)
    for shown in answered(found_out, languages=options.languages):
        out.print(shown, soft_wrap=True)
    if not found_out.short:
        first_plans.keep(asked, options.results)
    if changed := first_plans.told(asked, options.results):
        out.print(*literal(changed), soft_wrap=True)
    if options.power:
        out.print(precision(found_out))
    if options.calibrate:
        from langmix.studies.calibration import calibration

        out.print(calibrated(calibration(asked, there)))


def _wanted(asked: Study, collections: Sequence[str]) -> Iterator[Wanted]:
    """The cells that a study asks of, seeds outermost, so that any cut leaves a balanced design."""
    for seed in range(asked.grid.most_seeds):
        for collection in collections:
            for arm in asked.arms_on(collection):
                if seed in asked.grid.seeds_of(arm):
                    yield Wanted(arm, collection, seed)


def _is_there(found: dict[str, Results | None], wanted: Wanted) -> bool:
    results = found[wanted.collection]
    return results is not None and (wanted.arm, wanted.seed) in results.cells


def _told(asked: Study, missing: Sequence[Wanted], found: dict[str, Results | None]) -> Iterator[str]:
    """What is missing, the commands that make it, and what they cost."""
    grid = asked.grid
    every = sum(each.seed < grid.seeds for each in _wanted(asked, asked.collections))
    yield f"{asked.name}: {len(missing)} of {every} cells of grid {grid.name} are missing"
    for arm in grid.arms:
        for collection in asked.collections:
            seeds = [each.seed for each in missing if each[:2] == (arm, collection)]
            if seeds:
                words = grid.overrides(arm, collection, 0)[:-1]
                words += [f"seed={','.join(map(str, seeds))}", f"tracking.experiment={grid.name}"]
                yield f"  langmix -m {' '.join(map(_word, words))}"
    yield f"  or: langmix study {asked.name} --run"
    took = [
        float(facts["seconds"])
        for results in found.values()
        if results
        for facts in results.cells.values()
        if facts.get("seconds")
    ]
    if took:
        mean = sum(took) / len(took)
        yield f"  about {mean * len(missing) / 3600:.1f} h in one process: {mean:.0f} s a cell, as {len(took)} measured"


def _word(override: str) -> str:
    """An override as a word of a shell; quotes in it stay as they are, where that can be."""
    if "'" in override and not set(override) & set('"`\\!'):
        return '"' + override.replace("$", "\\$") + '"'
    return shlex.quote(override)


def _configuration(grid: Grid, wanted: Wanted) -> Configuration:
    return opened(composed([*grid.overrides(*wanted), f"tracking.experiment={grid.name}"]))


def _run(what: Study) -> None:
    """Run what is missing. A cell that another process is making is left to it."""
    grid = what.grid
    waiting, done, start = list(_wanted(what, what.collections)), 0, time.monotonic()
    while waiting:
        left = len(waiting)
        for each in list(waiting):
            asked = _configuration(grid, each)
            inputs = cell.read(asked)
            store = tracker(asked).store
            store.claims.mkdir(exist_ok=True)
            try:
                with FileLock(store.claims / f"{inputs.cell}.lock", timeout=0):
                    if _finished(asked, inputs.cell) is None:
                        log.info("%s: %s on %s, seed %d", grid.name, *each)
                        output = Path("outputs") / "studies" / grid.name / each.collection / f"{each.arm}-s{each.seed}"
                        cell.run(asked, output, None, {_PLAN: what.hash})
                        done += 1
            except Timeout:
                continue
            waiting.remove(each)
            if done and waiting:
                hours = (time.monotonic() - start) / done * len(waiting) / 3600
                log.info("%d cells left, at most %.1f h in this process", len(waiting), hours)
        if len(waiting) == left:
            time.sleep(_PAUSE)


def _finished(asked: Configuration, fingerprint: str) -> "Cell | None":
    made = [found for found in tracker(asked).same(fingerprint) if found.status == "FINISHED"]
    return made[0] if made else None


def _gathered(asked: Study, collection: str, folder: Path) -> Results | None:
    """Results of a study's grid on a collection: those kept in a file, and what the store has beyond them."""
    grid = asked.grid
    file = folder / grid.name / f"{collection}.parquet"
    kept = Results.read(file) if file.exists() else None
    if kept and kept.grid != grid.hash_on(collection):
        return kept  # which says so
    lacking = [each for each in _wanted(asked, [collection]) if not kept or (each.arm, each.seed) not in kept.cells]
    try:
        cells, fingerprint = _stored(grid, lacking)
    except LangmixError as error:
        if not kept:
            raise
        log.warning("%s: what is missing cannot be looked for in the store: %s", file, error)
        return kept
    if not cells:
        return kept
    results = Results.of(grid.hash_on(collection), fingerprint, cells, grid.measures)
    if kept:
        results = kept.joined(results)
    results.write(file)
    console().print(*literal(f"gathered {len(cells)} cells into {file}"), soft_wrap=True)
    return results


def _stored(
    grid: Grid, wanted: Sequence[Wanted]
) -> tuple[dict[tuple[str, int], tuple["pd.DataFrame", dict[str, str]]], str]:
    """Tables and facts of the finished cells in the store, and the fingerprint of their collection."""
    cells, collection = {}, ""
    for each in wanted:
        asked = _configuration(grid, each)
        inputs = cell.read(asked)
        made = _finished(asked, inputs.cell)
        collection = inputs.collection.fingerprint
        if made:
            facts = {
                "cell": inputs.cell,
                "model": inputs.model,
                "code": made.tags.get(CODE, ""),
                "trained_by": made.tags.get(TRAINED_BY, ""),
                "plan": made.tags.get(PREFIX + _PLAN, ""),
                "processor": made.tags.get(PREFIX + "processor", ""),
                "seconds": made.tags.get(SECONDS, ""),
            }
            table = read_table(artifact(tracker(asked).store, made.run_id, PER_QUERY), inputs.identity).to_pandas()
            cells[each.arm, each.seed] = (table, facts)
    return cells, collection
