"""Every run against a baseline: differences, intervals, p-values, effect sizes and verdicts in one tidy table."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from langmix.errors import LangmixError
from langmix.statistics.bootstrap import draw_questions, intervals
from langmix.statistics.cluster_sums import ALL, ClusterSums, cluster_sums
from langmix.statistics.effect import detectable, shares, standardised
from langmix.statistics.equivalence import check_margin, p_equivalent, p_not_worse
from langmix.statistics.holm import holm
from langmix.statistics.paired import align
from langmix.statistics.permutation import sign_flip_test
from langmix.statistics.seeds import over_questions, over_questions_and_seeds
from langmix.statistics.verdict import LOWER_IS_BETTER, verdict

KEYS = ("dataset", "setting", "language", "measure", "baseline", "run")
"""What names a row of a comparison."""


@dataclass(frozen=True)
class Options:
    """How to compare.

    Attributes:
        margins: for a measure, the largest difference that would not matter, in its own unit.
        seed: of the random signs and of the questions drawn.
        permutations: random sign vectors of the test.
        resamples: times the questions are drawn anew for the intervals.
        alpha: level of the tests; intervals have level 1 - alpha.
        power: chance of finding the smallest detectable difference.
        families: columns of the result that split the family of tests; default: all tests are one family.
        deterministic: runs in which nothing depends on a seed, as an untrained backbone.
        lower_is_better: measures that fall as retrieval gets better.
    """

    margins: Mapping[str, float] = field(default_factory=dict)
    seed: int = 0
    permutations: int = 10_000
    resamples: int = 5_000
    alpha: float = 0.05
    power: float = 0.8
    families: Sequence[str] = ()
    deterministic: Collection[str] = ()
    lower_is_better: Collection[str] = LOWER_IS_BETTER

    def check(self, runs: Collection[str], measures: Sequence[str]) -> None:
        """Find wrong values before anything is computed.

        Raises:
            LangmixError: one line that names the option.
        """
        for measure, margin in self.margins.items():
            if measure not in measures:
                raise LangmixError(f"margin of {measure}: this measure is not compared ({', '.join(measures)} are)")
            check_margin(margin, measure)
        for name in ("permutations", "resamples"):
            if getattr(self, name) < 100:
                raise LangmixError(f"{name} is {getattr(self, name)}: give at least 100")
        for name in ("alpha", "power"):
            if not 0 < getattr(self, name) < 1:
                raise LangmixError(f"{name} is {getattr(self, name)}: give a number between 0 and 1")
        if unknown := set(self.families) - set(KEYS):
            raise LangmixError(f"families: '{min(unknown)}' is not one of {', '.join(KEYS)}")
        if unknown := set(self.deterministic) - set(runs):
            raise LangmixError(f"deterministic: '{min(unknown)}' is not among the runs: {', '.join(sorted(runs))}")


def compare(
    tables: Mapping[str, pd.DataFrame | Sequence[pd.DataFrame]],
    baseline: str,
    measures: Sequence[str],
    options: Options | None = None,
) -> pd.DataFrame:
    """Compare runs with a baseline on the ranked lists they share.

    One table a run: the models are taken as given. p is the sign-flip test and the interval the studentised bootstrap,
    both over questions; the result says nothing about training again with another seed. Several tables a run (one a
    seed): questions and seeds are both samples, and p and interval come from the two-level t distribution.

    p_holm corrects over all rows with language `all`, and apart from them over all rows of single languages (a
    breakdown to look into, not the claim); `families` splits both further.

    Args:
        tables: per-query table by name of the run, or one table for every seed.
        baseline: name of the run the others are held against.
        measures: columns to compare.
        options: margins, seed, levels and numbers of resamples.

    Returns:
        One row per dataset, setting, language (`all`, or the language of the queries), measure and run, with columns
        `KEYS`; `clusters` (questions) and `seeds` (of the run); `baseline_mean`, `mean`, `difference` (macro means
        over language pairs); `ci_low`, `ci_high`; `p`, `p_holm`; `d_z`; `share_better`, `share_worse`, `share_tied`
        (of the questions); `mdd` (smallest detectable difference); `margin`, `p_not_worse`, `p_equivalent` (NaN
        without margin, not corrected) and `verdict`. Measures that are defined for no list of a setting have no row.

    Raises:
        LangmixError: an option is wrong, the tables cannot be paired, there are fewer than two questions, or some
            runs have several seeds and others one.
    """
    options = options or Options()
    options.check(tables, measures)
    runs = {name: [given] if isinstance(given, pd.DataFrame) else list(given) for name, given in tables.items()}
    if empty := [name for name, given in runs.items() if not given]:
        raise LangmixError(f"run '{empty[0]}': no per-query table is given")
    others = [name for name in runs if name != baseline]
    if not others or not measures:
        raise LangmixError("nothing to compare: give the baseline, another run and a measure")
    paired = align(runs, baseline, measures)
    found = []
    for dataset, lists in paired.lists.groupby("dataset", sort=True):
        draws: dict[int, npt.NDArray[np.uint8]] = {}
        for setting in sorted(set(lists["setting"])):
            data = cluster_sums(paired, str(dataset), setting)
            count = len(data.counts)
            if count < 2:
                raise LangmixError(f"dataset '{dataset}', setting '{setting}': {count} question, at least 2 are needed")
            if count not in draws:
                draws[count] = draw_questions(count, options.resamples, options.seed)
            for other in others:
                rows = _compare_two(data, other, baseline, draws[count], options)
                names = {"dataset": dataset, "setting": setting, "baseline": baseline, "run": other}
                found.append(rows.assign(**names))
    result = pd.concat(found, ignore_index=True)
    result["p_holm"] = _correct(result, options)
    result["verdict"] = [
        str(
            verdict(
                (low, high),
                p,
                options.margins.get(measure),
                lower_is_better=measure in options.lower_is_better,
                alpha=options.alpha,
            )
        )
        for low, high, p, measure in zip(
            *(result[column].tolist() for column in ("ci_low", "ci_high", "p_holm", "measure")), strict=True
        )
    ]
    columns = ["clusters", "seeds", "baseline_mean", "mean", "difference", "ci_low", "ci_high", "p", "p_holm", "d_z"]
    columns += ["share_better", "share_worse", "share_tied", "mdd", "margin", "p_not_worse", "p_equivalent", "verdict"]
    return result[[*KEYS, *columns]]


def _compare_two(
    data: ClusterSums, other: str, baseline: str, draws: npt.NDArray[np.uint8], options: Options
) -> pd.DataFrame:
    """Compare two runs in one setting: all columns that need no other comparison."""
    sums = data.difference(other, baseline)
    contributions = data.contributions(sums)
    difference = contributions.sum(axis=0)
    by_question = over_questions(data, other, baseline)
    if max(len(data.sums[other]), len(data.sums[baseline])) > 1:
        uncertainty = over_questions_and_seeds(data, other, baseline, options.deterministic)
        p, ends = uncertainty.p_values(difference), uncertainty.intervals(difference, 1 - options.alpha)
    else:
        uncertainty = by_question
        p = sign_flip_test(contributions, options.permutations, options.seed)
        ends = intervals(data, sums, draws, 1 - options.alpha)
    rows = data.rows.assign(
        clusters=data.clusters,
        seeds=len(data.sums[other]),
        baseline_mean=data.estimates(baseline).mean(axis=0),
        mean=data.estimates(other).mean(axis=0),
        difference=difference,
        ci_low=ends[:, 0],
        ci_high=ends[:, 1],
        p=p,
        d_z=standardised(difference, by_question, data.clusters),
        mdd=detectable(uncertainty, options.alpha, options.power),
        margin=[options.margins.get(measure, np.nan) for measure in data.rows["measure"]],
        p_not_worse=np.nan,
        p_equivalent=np.nan,
    )
    for measure in dict.fromkeys(data.rows["measure"]):
        here = (data.rows["measure"] == measure).to_numpy()
        lower = measure in options.lower_is_better
        split = shares(contributions[:, here], data.clusters[here], lower_is_better=lower)
        rows.loc[here, "share_better"], rows.loc[here, "share_worse"] = split.better, split.worse
        rows.loc[here, "share_tied"] = split.tied
        if measure in options.margins:
            margin = options.margins[measure]
            not_worse = p_not_worse(difference, uncertainty, margin, lower_is_better=lower)
            rows.loc[here, "p_not_worse"] = not_worse[here]
            rows.loc[here, "p_equivalent"] = p_equivalent(difference, uncertainty, margin)[here]
    return rows


def _correct(result: pd.DataFrame, options: Options) -> npt.NDArray[np.float64]:
    """Correct the p-values; headline rows and single languages are families of their own."""
    headline = result["language"] == ALL
    names = list(zip(headline, *(result[column] for column in options.families), strict=True))
    return holm(result["p"].to_numpy(dtype=np.float64), names)
