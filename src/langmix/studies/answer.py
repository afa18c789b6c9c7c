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
    *("against_mean", "mean", "difference", "ci_low", "ci_high", "p", "margin"),
    *("error", "seed_error", "mdd"),
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
        check(study, name, results[name])
    for name in study.collections:
        found = results[name]
        for family in _families([each for each in study.contrasts if name in each.collections]):
            seeds = _seeds(study, family, [found, *(results[each.near] for each in family if each.near)])
            if len(seeds) < study.grid.seeds:
                short = f"{len(seeds)} of {study.grid.seeds} seeds on {name}"
            if len(seeds) < 2:
                continue
            compared = _compared(study, found, family, seeds, resamples)
            if near := family[0].near:
                compared = _beyond(compared, _compared(study, results[near], family, seeds, resamples))
            for each in family:
                rows.append(_judged(compared, each, name))
                if each.languages:
                    title = f"{each.arm} against {each.against}, {each.setting}, {name}"
                    permutations[title] = _permuted(study, found, each, seeds)
    table = pd.concat(rows, ignore_index=True) if rows else pd.DataFrame(columns=list(ROWS))
    words: list[Word] = table.loc[table["language"] == ALL, "word"].tolist()
    return Answer(study, "undecided" if short else together(words), table, permutations, short)


def check(study: Study, name: str, found: Results) -> None:
    """Refuse results that a study cannot be answered from.

    Raises:
        LangmixError: They are another grid's, or made by several versions of the code.
    """
    where, plan = f"results of grid {study.grid.name} on {name}: ", study.grid.hash_on(name)
    if found.grid != plan:
        raise LangmixError(
            f"{where}are those of another plan ({found.grid[:12]}, it is {plan[:12]} now); run the grid as it is, or "
            "take the plan back"
        )
    for key in ("code", "trained_by"):
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
        families.setdefault(f"{each.against} {each.setting} {each.languages} {each.near} {each.asked_in}", []).append(
            each
        )
    yield from families.values()


def _arms(family: Sequence[Contrast]) -> list[str]:
    return list(dict.fromkeys([family[0].against, *(each.arm for each in family)]))


def _seeds(study: Study, family: Sequence[Contrast], results: Sequence[Results]) -> list[int]:
    """Seeds that every trained arm of a family has in all of the results."""
    trained = [arm for arm in _arms(family) if study.grid.is_trained(arm)]
    return sorted(set.intersection(*(set(each.seeds(trained)) for each in results)))


def _compared(
    study: Study, found: Results, family: Sequence[Contrast], seeds: Sequence[int], resamples: int
) -> pd.DataFrame:
    """The comparison of a family's arms with their baseline."""
    first, arms = family[0], _arms(family)
    margins = {measure(name).name: margin for each in family for name, margin in each.margins.items()}
    fixed = [arm for arm in arms if not study.grid.is_trained(arm)]
    tables = {}
    for arm in arms:
        of_arm = [found.table(arm, seed) for seed in (seeds if arm not in fixed else [0])]
        of_arm = [_looked_at(table, first) for table in of_arm]
        tables[arm] = [_gap(table, first.languages, list(margins)) for table in of_arm] if first.languages else of_arm
    directions = {name: measure(name).direction for name in margins}
    options = Options(margins=margins, deterministic=fixed, resamples=resamples)
    return compare(tables, first.against, directions, options)


def _beyond(far: pd.DataFrame, near: pd.DataFrame) -> pd.DataFrame:
    """What changes from one collection to another in each difference between arms.

    The questions of two collections are independent, so the interval is put together from the two: the square of the
    length to either side is the sum of theirs (Zou and Donner 2008, Statistics in Medicine 27, MOVER). The seeds are
    the same in both, which makes it wide rather than narrow. It is pointwise and has no p-value of its own.
    """
    keys = ["run", "measure"]
    both = far[far["language"] == ALL].merge(near[near["language"] == ALL], on=keys, suffixes=("", "_near"))
    down = np.hypot(both["difference"] - both["pointwise_low"], both["pointwise_high_near"] - both["difference_near"])
    up = np.hypot(both["pointwise_high"] - both["difference"], both["difference_near"] - both["pointwise_low_near"])
    change = both["difference"] - both["difference_near"]
    return both.assign(
        baseline_mean=both["difference_near"],
        mean=both["difference"],
        difference=change,
        ci_low=change - down,
        ci_high=change + up,
        p_adjusted=np.nan,
        **{each: np.hypot(both[each], both[f"{each}_near"]) for each in ("error", "seed_error", "mdd")},
    )


def _judged(compared: pd.DataFrame, contrast: Contrast, collection: str) -> pd.DataFrame:
    """The rows of one contrast, with a word each."""
    margins = {measure(name).name: margin for name, margin in contrast.margins.items()}
    here = (compared["run"] == contrast.arm) & compared["measure"].isin(list(margins))
    rows = compared[here].rename(columns={"run": "arm", "baseline": "against", "p_adjusted": "p"})
    rows = rows.rename(columns={"baseline_mean": "against_mean"}).assign(
        collection=collection, claim=contrast.claim, margin=[margins[name] for name in rows["measure"]]
    )
    if contrast.asked_in:
        rows = rows[rows["language"] == ALL].assign(
            setting=f"{contrast.setting}, asked in {' '.join(contrast.asked_in)}"
        )
    if contrast.near:
        rows["setting"] = f"{contrast.setting}, beyond {contrast.near}"
    if contrast.languages:
        rows["language"] = ALL  # there is but one: the difference between the groups
        rows = rows.drop_duplicates(["setting", "language", "measure"])
        rows["setting"] = f"{contrast.setting}, {' less '.join(contrast.languages)}"
    rows["word"] = [
        judged(contrast.claim, (low, high), margins[name], measure(name).direction)
        for low, high, name in zip(rows["ci_low"], rows["ci_high"], rows["measure"], strict=True)
    ]
    return rows.loc[:, ~rows.columns.duplicated()][list(ROWS)]


def _looked_at(table: pd.DataFrame, contrast: Contrast) -> pd.DataFrame:
    """The ranked lists that a contrast is about.

    Raises:
        LangmixError: No query is in a language.
    """
    here = table[table["setting"] == contrast.setting]
    if unknown := set(contrast.asked_in) - set(here["query_language"]):
        raise LangmixError(f"no query is in '{min(unknown)}'")
    return here[here["query_language"].isin(list(contrast.asked_in))] if contrast.asked_in else here


def _gap(table: pd.DataFrame, groups: Mapping[str, Sequence[str]], measures: Sequence[str]) -> pd.DataFrame:
    """One row per question: the mean over one group of query languages minus that over the other."""
    sides = []
    for languages in groups.values():
        if unknown := set(languages) - set(table["query_language"]):
            raise LangmixError(f"no query is in '{min(unknown)}'")
        of_group = table[table["query_language"].isin(list(languages))]
        sides.append(of_group.groupby(["dataset", "setting", "question"])[list(measures)].mean())
    return by_question(sides[0] - sides[1], table, "−".join(groups))


def by_question(values: pd.DataFrame, table: pd.DataFrame, language: str) -> pd.DataFrame:
    """Per-query table with one row per question.

    Args:
        values: Measures, by dataset, setting and question.
        table: Per-query table that they are of, which knows paragraph and article.
        language: What the language of the rows is called.
    """
    rows = values.dropna(how="all").reset_index()
    sources = table.groupby("question")[["paragraph", "article"]].first()
    rows = rows.assign(query_language=language, candidate_language=language, query_id=rows["question"], relevant=1)
    return rows.join(sources, on="question")


def _permuted(study: Study, found: Results, contrast: Contrast, seeds: Sequence[int]) -> float:
    """Two-sided p-value over all ways to split the languages into groups of these sizes."""
    groups = contrast.languages or {}
    name = measure(next(iter(contrast.margins))).name
    left, right = groups.values()
    languages = [*left, *right]

    def mean(arm: str) -> pd.Series:
        of = seeds if study.grid.is_trained(arm) else [0]
        tables = [found.table(arm, seed) for seed in of]
        each = [table[table["setting"] == contrast.setting].groupby("query_language")[name].mean() for table in tables]
        return pd.concat(each, axis=1).mean(axis=1)

    difference = (mean(contrast.arm) - mean(contrast.against))[languages].to_numpy()
    inside = np.array(
        [[at in chosen for at in range(len(languages))] for chosen in combinations(range(len(languages)), len(left))]
    )
    gaps = (difference * inside).sum(1) / len(left) - (difference * ~inside).sum(1) / len(right)
    return float(np.mean(np.abs(gaps) >= abs(gaps[0]) - 1e-12))
