"""A study's contrasts, from the results of its grid to one word."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from langmix.errors import LangmixError
from langmix.measures.registry import measure
from langmix.statistics.cluster_sums import ALL
from langmix.statistics.compare import compare
from langmix.statistics.options import Options
from langmix.studies.claim import Word, judged, together
from langmix.studies.plan import Contrast, Study
from langmix.studies.results import Results

ROWS = (
    *("collection", "setting", "language", "arm", "against", "claim", "measure"),
    *("against_mean", "mean", "difference", "ci_low", "ci_high", "p", "margin", "mdd"),
    *("seeds", "questions", "level", "word"),
)
"""Columns of the rows of an answer."""


@dataclass(frozen=True)
class Answer:
    """What is known of a question.

    Attributes:
        study: The question.
        word: On all its claims together.
        rows: With `ROWS`; language `all` is what was claimed, single languages are there to look into.
        permutations: By contrast with two groups of languages, the p-value of their difference if languages are a
            sample, too: the share of all ways to split them that give as large a one.
        short: What there is too little of; empty where the plan is fulfilled.
    """

    study: Study
    word: Word
    rows: pd.DataFrame
    permutations: Mapping[str, float]
    short: str


def answer(study: Study, results: Mapping[str, Results], resamples: int = 5_000) -> Answer:
    """Answer a study.

    Contrasts of one collection, setting and baseline are one family: their intervals and p-values are simultaneous.

    Args:
        study: The question.
        results: Of its grid, by collection.
        resamples: Of the joint draw of questions and seeds, see `langmix.statistics.compare.compare`.

    Raises:
        LangmixError: The results are another grid's, or made by several versions of the code.
    """
    short = ""
    rows, permutations = [], {}
    for name in study.collections:
        found = results[name]
        _check(study, name, found)
        for family in _families(study.contrasts):
            arms = list(dict.fromkeys([family[0].against, *(each.arm for each in family)]))
            seeds = found.seeds([arm for arm in arms if len(study.grid.seeds_of(arm)) > 1])
            if len(seeds) < study.grid.seeds:
                short = f"{len(seeds)} of {study.grid.seeds} seeds on {name}"
            if len(seeds) < 2:
                continue
            compared = _compared(study, found, family, arms, seeds, resamples)
            for each in family:
                rows.append(_judged(compared, each, name))
                if each.languages:
                    title = f"{each.arm} against {each.against}, {each.setting}, {name}"
                    permutations[title] = _permuted(study, found, each, seeds)
    table = pd.concat(rows, ignore_index=True) if rows else pd.DataFrame(columns=list(ROWS))
    words: list[Word] = table.loc[table["language"] == ALL, "word"].tolist()
    return Answer(study, "undecided" if short else together(words), table, permutations, short)


def _check(study: Study, name: str, found: Results) -> None:
    where, plan = f"results of grid {study.grid.name} on {name}: ", study.grid.hash_on(name)
    if found.grid != plan:
        raise LangmixError(
            f"{where}are those of another plan ({found.grid[:12]}, it is {plan[:12]} now); run the grid as it is, or "
            "take the plan back"
        )
    for key in ("code", "trained_by", "versions"):
        made_by = {str(facts[key]) for facts in found.cells.values() if facts.get(key)}
        if len(made_by) > 1:
            cell = next(cell for cell, facts in found.cells.items() if str(facts.get(key)) == min(made_by))
            raise LangmixError(
                f"{where}{key} differs between cells ({', '.join(sorted(made_by))}; {cell[0]} seed {cell[1]} is by the "
                "first); run all by one version"
            )


def _families(contrasts: Sequence[Contrast]) -> Iterator[list[Contrast]]:
    """Contrasts that are corrected for together."""
    families: dict[str, list[Contrast]] = {}
    for each in contrasts:
        families.setdefault(f"{each.against} {each.setting} {each.languages}", []).append(each)
    yield from families.values()


def _compared(
    study: Study, found: Results, family: Sequence[Contrast], arms: Sequence[str], seeds: Sequence[int], resamples: int
) -> pd.DataFrame:
    """The comparison of a family's arms with their baseline."""
    first = family[0]
    margins = {measure(name).name: margin for each in family for name, margin in each.margins.items()}
    fixed = [arm for arm in arms if len(study.grid.seeds_of(arm)) == 1]
    tables = {}
    for arm in arms:
        of_arm = [found.table(arm, seed) for seed in (seeds if arm not in fixed else [0])]
        of_arm = [table[table["setting"] == first.setting] for table in of_arm]
        tables[arm] = [_gap(table, first.languages, list(margins)) for table in of_arm] if first.languages else of_arm
    directions = {name: measure(name).direction for name in margins}
    options = Options(margins=margins, deterministic=fixed, resamples=resamples)
    return compare(tables, first.against, directions, options)


def _judged(compared: pd.DataFrame, contrast: Contrast, collection: str) -> pd.DataFrame:
    """The rows of one contrast, with a word each."""
    margins = {measure(name).name: margin for name, margin in contrast.margins.items()}
    here = (compared["run"] == contrast.arm) & compared["measure"].isin(list(margins))
    rows = compared[here].rename(columns={"run": "arm", "baseline": "against", "p_adjusted": "p"})
    rows = rows.rename(columns={"baseline_mean": "against_mean"}).assign(
        collection=collection, claim=contrast.claim, margin=[margins[name] for name in rows["measure"]]
    )
    if contrast.languages:
        rows["language"] = ALL  # there is but one: the difference between the groups
        rows = rows.drop_duplicates(["setting", "language", "measure"])
    rows["word"] = [
        judged(contrast.claim, (low, high), margins[name], measure(name).direction)
        for low, high, name in zip(rows["ci_low"], rows["ci_high"], rows["measure"], strict=True)
    ]
    return rows.loc[:, ~rows.columns.duplicated()][list(ROWS)]


def _gap(table: pd.DataFrame, groups: Mapping[str, Sequence[str]], measures: Sequence[str]) -> pd.DataFrame:
    """One row per question: the mean over one group of query languages minus that over the other."""
    sides = []
    for languages in groups.values():
        if unknown := set(languages) - set(table["query_language"]):
            raise LangmixError(f"no query is in '{min(unknown)}'")
        of_group = table[table["query_language"].isin(list(languages))]
        sides.append(of_group.groupby(["dataset", "setting", "question"])[list(measures)].mean())
    gap = (sides[0] - sides[1]).dropna(how="all").reset_index()
    title = "−".join(groups)
    sources = table.groupby("question")[["paragraph", "article"]].first()
    return gap.assign(query_language=title, candidate_language=title, query_id=gap["question"], relevant=1).join(
        sources, on="question"
    )


def _permuted(study: Study, found: Results, contrast: Contrast, seeds: Sequence[int]) -> float:
    """Two-sided p-value over all ways to split the languages into groups of these sizes."""
    groups = contrast.languages or {}
    name = measure(next(iter(contrast.margins))).name
    left, right = groups.values()
    languages = [*left, *right]

    def mean(arm: str) -> pd.Series:
        of = seeds if len(study.grid.seeds_of(arm)) > 1 else [0]
        tables = [found.table(arm, seed) for seed in of]
        each = [table[table["setting"] == contrast.setting].groupby("query_language")[name].mean() for table in tables]
        return pd.concat(each, axis=1).mean(axis=1)

    difference = (mean(contrast.arm) - mean(contrast.against))[languages].to_numpy()
    inside = np.array(
        [[at in chosen for at in range(len(languages))] for chosen in combinations(range(len(languages)), len(left))]
    )
    gaps = (difference * inside).sum(1) / len(left) - (difference * ~inside).sum(1) / len(right)
    return float(np.mean(np.abs(gaps) >= abs(gaps[0]) - 1e-12))
