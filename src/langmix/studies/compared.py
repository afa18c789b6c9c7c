"""Tracked cells held against a baseline: which belong together, and the tables and figures of each."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from langmix.cell_key import UNTRAINED
from langmix.errors import LangmixError
from langmix.measures.evidence import Evidence
from langmix.measures.over_questions import MULTILINGUAL, figures
from langmix.measures.parquet import read_table
from langmix.measures.per_query import PER_QUERY
from langmix.measures.registry import measure
from langmix.statistics.compare import compare
from langmix.statistics.options import Options
from langmix.studies.arms import Arm, arms
from langmix.tracking.cell import DATASET_FINGERPRINT, FINGERPRINT, Cell
from langmix.tracking.read import artifact, maker

ALL, BIAS = "all", "bias"
USUAL = ("map", "rank_distance")
"""Measures that are compared where none are named."""
"""Names that stand for several measures."""

if TYPE_CHECKING:
    import pandas as pd

    from langmix.store import Store


@dataclass(frozen=True)
class Contest:
    """Arms that were evaluated on the same data.

    Attributes:
        dataset: Name of the data.
        baseline: The arm that the others are held against.
        others: The others.
    """

    dataset: str
    baseline: Arm
    others: tuple[Arm, ...]

    @property
    def single(self) -> list[str]:
        """Names of the arms that were trained with one seed: nothing can be said of training them anew."""
        return [arm.name for arm in (self.baseline, *self.others) if len(arm.cells) == 1 and not _untrained(arm)]


def contests(cells: Sequence[Cell], baseline: str | None) -> list[Contest]:
    """One contest per data set among the cells.

    Args:
        cells: Finished cells, the baseline first where it is not named.
        baseline: Name or label of the arm that is to be the baseline, or id of one of its runs.

    Raises:
        LangmixError: There is no such arm, two cells of an arm have one seed, or on some data set there is nothing to
            hold against the baseline.
    """
    found = arms(cells)
    against = next(arm for arm in found if cells[0] in arm.cells) if baseline is None else _named(found, baseline)
    result = []
    for of_data in _by_data(cells).values():
        here = [_on(arm, of_data) for arm in found]
        base = _on(against, of_data)
        others = tuple(arm for arm in here if arm.cells and arm.name != base.name)
        if not base.cells or not others:
            raise LangmixError(_nothing_to_hold_against(cells, against))
        result.append(Contest(base.cells[0].key.dataset, base, others))
    names = [contest.dataset for contest in result]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise LangmixError(f"the runs were evaluated on several versions of {twice}; give those of one, or use --where")
    return result


def _nothing_to_hold_against(cells: Sequence[Cell], against: Arm) -> str:
    first, data = cells[0], [cell.tags.get(DATASET_FINGERPRINT) for cell in cells]
    for cell, of in zip(cells, data, strict=True):
        if of != data[0]:
            return (
                f"run {cell.run_id} was evaluated on other data than run {first.run_id}: {cell.key.dataset} {of} "
                f"against {first.key.dataset} {data[0]}"
            )
    return f"all runs are one arm, {against.name}; give another to hold it against"


def held_against(store: "Store", contest: Contest, measures: Sequence[str] | None, options: Options) -> "pd.DataFrame":
    """Compare the arms of a contest with its baseline, see `langmix.statistics.compare.compare`.

    Args:
        store: Where the cells were tracked.
        contest: What to compare.
        measures: Names of measures or of their means, such as `average_precision` or `map`; `BIAS` for all of language
            bias, `ALL` for everything that was measured; None: those of `USUAL` that all arms have.
        options: How to compare. Its margins are by measure, by either name.

    Raises:
        LangmixError: A file of a cell is missing, damaged or another cell's, the cells cannot be paired, or there is no
            such measure.
    """
    entered = {arm.name: arm for arm in (contest.baseline, *contest.others)}
    files = {name: [_files(store, cell) for cell in arm.cells] for name, arm in entered.items()}
    tables = {
        name: [read_table(folder / PER_QUERY, whose).to_pandas() for folder, whose in of] for name, of in files.items()
    }
    if measures is None:
        every = [table for of in tables.values() for table in of]
        measures = [name for name in USUAL if all(measure(name).name in table for table in every)]
    return compare_evidence(
        tables,
        lambda name: [Evidence.read(*one) for one in files[name]],
        contest.baseline.name,
        measures,
        options,
    )


def compare_evidence(
    tables: "Mapping[str, Sequence[pd.DataFrame]]",
    evidence: Callable[[str], Sequence[Evidence]],
    baseline: str,
    measures: Sequence[str],
    options: Options,
) -> "pd.DataFrame":
    """Compare evaluations on one collection, see `langmix.statistics.compare.compare`.

    Args:
        tables: Per-query tables by name, one for every seed.
        evidence: Likewise the evidence of a name, asked for where a measure is no mean over queries.
        baseline: Name of the one that the others are held against.
        measures: As for `held_against`.
        options: As for `held_against`.

    Raises:
        LangmixError: They cannot be paired, or there is no such measure.
    """
    if baseline not in tables:
        raise LangmixError(f"baseline '{baseline}': is none of {', '.join(tables)}")
    first = tables[baseline][0]
    wanted = [name if name in {ALL, BIAS} else measure(name).name for name in measures]
    over_questions = None
    if not set(wanted) <= set(first.columns):
        over_questions = {name: [figures(each) for each in evidence(name)] for name in tables}
        wanted = _chosen(wanted, first, {each.measure for each in over_questions[baseline][0]})
        over_questions = {
            name: [[each for each in seed if each.measure in wanted] for seed in seeds]
            for name, seeds in over_questions.items()
        }
    directions = {name: measure(name).direction for name in wanted}
    margins = {measure(name).name: margin for name, margin in options.margins.items()}
    return compare(tables, baseline, directions, replace(options, margins=margins), over_questions)


def _chosen(wanted: Sequence[str], table: "pd.DataFrame", figures: Collection[str]) -> list[str]:
    """The measures that are asked for, in the order of the per-query table, then those over questions."""
    columns = list(table.select_dtypes("float").columns)
    within = table[table["setting"] != MULTILINGUAL]
    bias = {name for name in columns if within[name].isna().all()} | set(figures)
    chance = {name for name in {*columns, *figures} if name.endswith("_chance")}  # no system changes it
    groups = {ALL: {*columns, *figures} - chance, BIAS: bias - chance}
    asked = set().union(*(groups.get(name, {name}) for name in wanted))
    if unknown := asked - {*columns, *figures}:
        raise LangmixError(f"{min(unknown)}: is not measured there (is: {', '.join([*columns, *sorted(figures)])})")
    return [name for name in (*columns, *sorted(figures)) if name in asked]


def deterministic(contest: Contest) -> list[str]:
    """Names of the arms in which nothing depends on a seed."""
    return [arm.name for arm in (contest.baseline, *contest.others) if _untrained(arm)]


def _files(store: "Store", cell: Cell) -> tuple[Path, Mapping[str, str]]:
    """Files of a cell, and what they have to say they belong to."""
    made = maker(store, cell)
    expected = {"cell": made.tags.get(FINGERPRINT, ""), "collection": made.tags.get(DATASET_FINGERPRINT, "")}
    return artifact(store, made.run_id, ""), expected


def _named(found: Sequence[Arm], baseline: str) -> Arm:
    named = [
        arm
        for arm in found
        if baseline in {arm.name, arm.label, *(cell.run_id for cell in arm.cells)}
        or baseline in {cell.key.sampler for cell in arm.cells}
    ]
    if len(named) != 1:
        which = "names several arms" if named else "is no arm"
        there = ", ".join(arm.name for arm in named or found)
        raise LangmixError(f"--baseline {baseline}: {which} (there are: {there})")
    return named[0]


def _by_data(cells: Iterable[Cell]) -> dict[str, list[Cell]]:
    by_data: dict[str, list[Cell]] = {}
    for cell in cells:
        by_data.setdefault(cell.tags.get(DATASET_FINGERPRINT, ""), []).append(cell)
    return by_data


def _on(arm: Arm, cells: Sequence[Cell]) -> Arm:
    """An arm's cells among some; of one where nothing was trained, as its seeds are all alike."""
    here = [cell for cell in arm.cells if cell in cells]
    if _untrained(arm):
        return Arm(arm.backbone, arm.label, tuple(here[:1]))
    seeds = [cell.key.seed for cell in here]
    if len(set(seeds)) < len(seeds):
        twice = next(seed for seed in seeds if seeds.count(seed) > 1)
        raise LangmixError(f"{arm.name}: seed {twice} is given twice; runs of one arm must differ in their seed")
    return Arm(arm.backbone, arm.label, tuple(here))


def _untrained(arm: Arm) -> bool:
    return arm.cells[0].key.sampler == UNTRAINED
