"""Runs side by side: the same ranked lists, in the same order, for every run and seed."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from langmix.errors import LangmixError

KEYS = ("dataset", "setting", "query_language", "candidate_language", "query_id")
"""What names one ranked list of an evaluation."""
GROUPS = ("paragraph", "article")
"""Columns that may say which questions were written together."""


@dataclass(frozen=True)
class PairedRuns:
    """Values of several runs on the same ranked lists.

    Attributes:
        lists: the `KEYS` and the `question` of every ranked list, sorted by `KEYS`, and its `paragraph` and
            `article` where a table tells them; `[lists, 6 to 8]`, strings, "" where a data set does not tell.
        measures: names of the measures.
        values: for every run `[seeds, lists, measures]`; NaN where a measure is not defined for a list.
    """

    lists: pd.DataFrame
    measures: tuple[str, ...]
    values: Mapping[str, npt.NDArray[np.float64]]


def align(runs: Mapping[str, Sequence[pd.DataFrame]], baseline: str, measures: Sequence[str]) -> PairedRuns:
    """Bring the per-query tables of several runs into one order, or say why they cannot be paired.

    A paired test needs both runs to have ranked the same corpus for the same queries. A value may be missing only if
    it is missing in every run: then the measure is not defined for that list (rank distance outside the pool, or where
    a question has a single answer) and the list is left out of that measure's means.

    Args:
        runs: per-query tables by name of the run, one table for every seed.
        baseline: the run all others are held against.
        measures: columns to compare.

    Raises:
        LangmixError: a column is absent, a list occurs twice, a list is in one run only, a question or the number of
            relevant candidates differs, or a value is missing in some of the runs only.
    """
    if baseline not in runs:
        raise LangmixError(f"baseline '{baseline}' is not among the runs: {', '.join(sorted(runs))}")
    tables = {
        (name, f"run '{name}'" + (f" (table {place} of {len(given)})" if len(given) > 1 else "")): table
        for name, given in runs.items()
        for place, table in enumerate(given, 1)
    }
    prepared = {key: _indexed(table, key[1], measures) for key, table in tables.items()}
    first = next(key for key in prepared if key[0] == baseline)
    reference = prepared[first].sort_index()
    stacked: dict[str, list[npt.NDArray[np.float64]]] = {name: [] for name in runs}
    for (name, label), table in prepared.items():
        ordered = _ordered(table, label, reference, first[1])
        _check_values(ordered, label, reference, first[1], measures)
        stacked[name].append(ordered[list(measures)].to_numpy(dtype=np.float64))
    lists = reference.index.to_frame(index=False)
    lists["question"] = reference["question"].to_numpy()
    for level in GROUPS:
        told = [(label, table) for (_, label), table in prepared.items() if level in table.columns]
        if told:
            lists[level] = _level(told, level, reference.index)
    return PairedRuns(lists, tuple(measures), {name: np.stack(values) for name, values in stacked.items()})


def _indexed(table: pd.DataFrame, label: str, measures: Sequence[str]) -> pd.DataFrame:
    """Index a table by `KEYS`; keep question, relevant candidates (if told) and measures."""
    absent = [column for column in (*KEYS, "question", *measures) if column not in table.columns]
    if absent:
        raise LangmixError(f"{label}: the per-query table has no column '{absent[0]}'")
    if table.empty:
        raise LangmixError(f"{label}: the per-query table is empty")
    texts = table.loc[:, [*KEYS, "question"]]
    if texts.isna().to_numpy().any():
        column = next(column for column in texts if texts[column].isna().any())
        raise LangmixError(f"{label}: column '{column}' has an empty cell")
    index = pd.MultiIndex.from_frame(texts[list(KEYS)].astype(str))
    if index.has_duplicates:
        raise LangmixError(f"{label}: {_place(index[index.duplicated()][0])} occurs twice")
    kept = [column for column in ("relevant", *measures) if column in table.columns]
    indexed = table[kept].set_axis(index)
    for level in GROUPS:
        if level in table.columns:
            indexed[level] = table[level].astype(object).where(table[level].notna(), "").astype(str).to_numpy()
    indexed.insert(0, "question", texts["question"].astype(str).to_numpy())
    return indexed


def _ordered(table: pd.DataFrame, label: str, reference: pd.DataFrame, first: str) -> pd.DataFrame:
    """Put a table into the reference's order; both must hold the same lists."""
    datasets = [set(rows.index.get_level_values("dataset")) for rows in (reference, table)]
    for missing, here, there in ((datasets[0] - datasets[1], label, first), (datasets[1] - datasets[0], first, label)):
        if missing:
            raise LangmixError(f"{here}: dataset '{min(missing)}' is missing; {there} has it")
    places = table.index.get_indexer(reference.index)
    if (places < 0).any():
        raise LangmixError(f"{label}: no row for {_place(reference.index[places < 0][0])}; {first} has one")
    if len(table) > len(reference):
        extra = table.index[reference.index.get_indexer(table.index) < 0].sort_values()[0]
        raise LangmixError(f"{first}: no row for {_place(extra)}; {label} has one")
    return table.iloc[places]


def _level(told: Sequence[tuple[str, pd.DataFrame]], level: str, index: "pd.Index[Any]") -> npt.NDArray[np.object_]:
    """Bring together what the tables tell of a level; those that tell of a data set must agree."""
    found = np.full(len(index), "", dtype=object)
    first = ""
    for label, table in told:
        values = table[level].to_numpy()[table.index.get_indexer(index)]
        if ((values != "") & (found != "") & (values != found)).any():
            at = int(np.argmax((values != "") & (found != "") & (values != found)))
            place = _place(index[at])
            raise LangmixError(f"{label}: {place} has {level} '{values[at]}', in {first} it is '{found[at]}'")
        found, first = np.where(found == "", values, found), first or label
    return found


def _check_values(
    table: pd.DataFrame, label: str, reference: pd.DataFrame, first: str, measures: Sequence[str]
) -> None:
    for column in ("question", "relevant"):
        if column not in table.columns or column not in reference.columns:
            continue
        ours, theirs = table[column].to_numpy(), reference[column].to_numpy()
        if (different := ours != theirs).any():
            at = int(np.argmax(different))
            place = _place(reference.index[at])
            raise LangmixError(f"{label}: {place} has {column} '{ours[at]}', in {first} it is '{theirs[at]}'")
    for measure in measures:
        values, others = (rows[measure].to_numpy(dtype=np.float64) for rows in (table, reference))
        if (infinite := np.isinf(values)).any():
            raise LangmixError(
                f"{label}: {measure} is infinite for {_place(reference.index[int(np.argmax(infinite))])}"
            )
        if (one_sided := np.isnan(values) != np.isnan(others)).any():
            at = int(np.argmax(one_sided))
            empty, full = (label, first) if np.isnan(values[at]) else (first, label)
            raise LangmixError(f"{empty}: {measure} is NaN for {_place(reference.index[at])}; {full} has a value")


def _place(key: tuple[Hashable, ...]) -> str:
    dataset, setting, _, corpus, query = key
    return f"dataset '{dataset}', setting '{setting}', query '{query}', corpus '{corpus}'"
