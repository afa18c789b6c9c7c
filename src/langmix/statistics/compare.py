"""Every run against a baseline: differences, intervals, p-values, effect sizes and verdicts in one tidy table."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from langmix.direction import Direction
from langmix.errors import LangmixError
from langmix.statistics.cluster_sums import ClusterSums, cluster_sums
from langmix.statistics.draws import LEVELS, Draws
from langmix.statistics.effect import detectable, shares, standardised
from langmix.statistics.equivalence import p_equivalent, p_not_worse
from langmix.statistics.families import KEYS, check_used, family_of
from langmix.statistics.figures import ClusterFigures, Figure, cluster_figures
from langmix.statistics.holm import holm
from langmix.statistics.inference import infer, reach
from langmix.statistics.max_t import critical, p_values
from langmix.statistics.options import WIDEST, Options
from langmix.statistics.paired import PairedRuns, align
from langmix.statistics.seeds import over_questions
from langmix.statistics.verdict import verdict

Floats = npt.NDArray[np.float64]
COLUMNS = (
    *KEYS,
    *("direction", "family", "questions", "level", "clusters", "seeds", "baseline_seeds"),
    *("baseline_mean", "mean", "difference", "ci_low", "ci_high", "p_adjusted", "p_holm"),
    *("p", "pointwise_low", "pointwise_high", "d_z", "share_higher", "share_lower", "share_tied"),
    *("error", "seed_error", "mdd", "margin", "p_not_worse", "p_equivalent", "verdict"),
)


@dataclass(frozen=True)
class _Part:
    """Rows that are computed together: the means of a setting, or the figures, at every level of clusters."""

    levels: Mapping[str, ClusterSums | ClusterFigures]
    by_question: ClusterSums | None
    questions: npt.NDArray[np.int64]


def compare(
    tables: Mapping[str, pd.DataFrame | Sequence[pd.DataFrame]],
    baseline: str,
    measures: Mapping[str, Direction],
    options: Options | None = None,
    figures: Mapping[str, Sequence[Sequence[Figure]]] | None = None,
) -> pd.DataFrame:
    """Compare runs with a baseline on the ranked lists they share.

    One table a run: the models are taken as given, and the result says nothing about training again with another seed.
    Several tables a run (one a seed): questions and seeds are both samples. Questions, or the paragraphs or articles
    that they come from, and seeds are drawn anew in one joint draw, from which all p-values and intervals follow:
    pointwise, each row as if it were the only one, and simultaneous within the row's family (`max_t`). Interval and
    p-value of a row are of one level of clusters and say the same: p_adjusted <= alpha exactly where ci_low to ci_high
    excludes 0.

    p_holm is Holm's correction of the p-values of a t test, for comparison (a draw has no p-value below
    1 / (resamples + 1), which times a large family is no small number).

    Args:
        tables: per-query table by name of the run, or one table for every seed. Columns `paragraph` and `article` may
            tell where a question comes from; a data set in which they are empty has no such level.
        baseline: name of the run the others are held against.
        measures: what to compare and which way it is better: columns of the tables, and names of figures.
        options: margins, families, clusters, levels and number of resamples.
        figures: figures that are no means, for every run a list per seed.

    Returns:
        One row per dataset, setting, language (`all`, or the language of the queries), measure and run, with
        `COLUMNS`: `level` is what was drawn and `clusters` how many of them there are; `seeds` and `baseline_seeds`
        how many tables; `baseline_mean`, `mean` and `difference` macro means over language pairs, or figures;
        `share_higher`, `share_lower`, `share_tied` of the questions (NaN for figures, as is `d_z`); `error` the
        standard error of the difference, `seed_error` what seeds alone would give; `mdd` the smallest detectable
        difference; `margin`, `p_not_worse`, `p_equivalent` NaN without margin, not adjusted. Measures that
        are defined for no list of a setting have no row.

    Raises:
        LangmixError: an option is wrong, a measure has no direction, tables or figures cannot be paired, there are
            fewer than two clusters, or some runs have several seeds and others one.
    """
    options = options or Options()
    measures = _directions(measures)
    options.check(tables, measures)
    runs = {name: [given] if isinstance(given, pd.DataFrame) else list(given) for name, given in tables.items()}
    if empty := [name for name, given in runs.items() if not given]:
        raise LangmixError(f"run '{empty[0]}': no per-query table is given")
    others = [name for name in runs if name != baseline]
    if not others or not measures:
        raise LangmixError("nothing to compare: give the baseline, another run and a measure")
    known = _check_figures(figures or {}, runs, measures)
    paired = align(runs, baseline, [measure for measure in measures if measure not in known])
    found: list[pd.DataFrame] = []
    largest: dict[str, Floats] = {}
    for dataset in sorted(set(paired.lists["dataset"])):
        if known and paired.lists["dataset"].nunique() > 1:
            raise LangmixError("figures are given for one data set, the per-query tables hold several")
        names, draws = _joint_draw(paired, dataset, options)
        for part in _parts(paired, dataset, names, draws, figures if known else None):
            for other in others:
                rows = _compare_two(part, other, baseline, draws, measures, options, largest)
                found.append(rows)
    if not found:
        raise LangmixError(f"nothing to compare: no list has a value of {', '.join(measures)}")
    result = pd.concat(found, ignore_index=True)
    check_used(result, options.families)
    return _judge(result, largest, measures, options)[list(COLUMNS)]


def _directions(measures: Mapping[str, Direction]) -> dict[str, Direction]:
    """Refuse a measure that nobody says the direction of: a guess would turn verdicts round."""
    known = {}
    for measure in measures:
        direction = measures[measure] if isinstance(measures, Mapping) else None
        if direction not in tuple(Direction):
            raise LangmixError(
                f"measure '{measure}': its direction is {direction!r}; give one of {', '.join(Direction)}"
            )
        known[measure] = Direction(direction)
    return known


def _check_figures(
    figures: Mapping[str, Sequence[Sequence[Figure]]],
    runs: Mapping[str, Sequence[pd.DataFrame]],
    measures: Mapping[str, Direction],
) -> set[str]:
    """Names of the figures; every run must have as many lists of them as tables."""
    names = {figure.measure for seeds in figures.values() for seed in seeds for figure in seed}
    if undirected := names - set(measures):
        raise LangmixError(f"measure '{min(undirected)}': its direction is not given")
    if names:
        for run, given in runs.items():
            if len(figures.get(run, ())) != len(given):
                raise LangmixError(
                    f"run '{run}': figures of {len(figures.get(run, ()))} seeds and {len(given)} per-query tables"
                )
        if unknown := set(figures) - set(runs):
            raise LangmixError(f"figures of '{min(unknown)}', which is not among the runs: {', '.join(sorted(runs))}")
    return names


def _joint_draw(paired: PairedRuns, dataset: str, options: Options) -> tuple[list[str], Draws]:
    """Questions of a data set, and what is drawn of them."""
    lists = paired.lists[paired.lists["dataset"] == dataset]
    questions = lists.groupby("question", sort=True)
    names = [str(name) for name in questions.groups]
    codes = {"question": np.arange(len(names))}
    for level in LEVELS[1:]:
        if level not in lists or (lists[level] == "").all():
            continue
        if (lists[level] == "").any():
            question = lists["question"][lists[level] == ""].iloc[0]
            raise LangmixError(f"dataset '{dataset}': question '{question}' has no {level}, others have one")
        if (several := questions[level].nunique() > 1).any():
            raise LangmixError(f"dataset '{dataset}': question '{several.idxmax()}' is in several {level}s")
        codes[level] = pd.factorize(questions[level].first(), sort=True)[0]
    if options.cluster != WIDEST:
        if options.cluster not in codes:
            raise LangmixError(
                f"cluster is '{options.cluster}': the per-query tables of '{dataset}' do not tell of {options.cluster}s"
            )
        wanted = [options.cluster]
    else:
        # As many groups as questions, or one for all of them: nothing that could be drawn.
        wanted = [level for level, code in codes.items() if level == "question" or 2 <= code.max() + 1 < len(names)]
    for level in wanted:
        if (count := int(codes[level].max()) + 1) < 2:
            raise LangmixError(f"dataset '{dataset}': {count} {level}, at least 2 are needed")
    # Effect sizes are about questions whatever is drawn.
    chosen = {level: codes[level] for level in dict.fromkeys(["question", *wanted])}
    return names, Draws(dataset, chosen, tuple(wanted), options.resamples, options.seed)


def _parts(
    paired: PairedRuns,
    dataset: str,
    names: Sequence[str],
    draws: Draws,
    figures: Mapping[str, Sequence[Sequence[Figure]]] | None,
) -> Iterator[_Part]:
    settings = sorted(set(paired.lists.loc[paired.lists["dataset"] == dataset, "setting"])) if paired.measures else ()
    for setting in settings:
        data = cluster_sums(paired, dataset, setting)
        if data.rows.empty:
            continue
        levels = {level: data if level == "question" else data.grouped(draws.codes[level]) for level in draws.levels}
        yield _Part(levels, data, data.clusters)
    if figures is not None:
        at = {level: cluster_figures(figures, names, draws, level) for level in draws.levels}
        yield _Part(at, None, next(iter(at.values())).questions)


def _compare_two(
    part: _Part,
    run: str,
    baseline: str,
    draws: Draws,
    measures: Mapping[str, Direction],
    options: Options,
    largest: dict[str, Floats],
) -> pd.DataFrame:
    """Compare two runs: all columns that need no other comparison; `largest` takes each family's largest statistics."""
    found = [infer(data, run, baseline, draws, level, options.deterministic) for level, data in part.levels.items()]
    reaches = [each.reach(options.alpha) for each in found]
    # A level at which all questions of a row are one cluster says nothing about it.
    told = [np.where(each.clusters > 1, length, -1.0) for each, length in zip(found, reaches, strict=True)]
    widest = np.argmax(told, axis=0)
    row = np.arange(len(widest))

    def choose(values: list[Floats]) -> Floats:
        return np.asarray(np.stack(values)[widest, row], dtype=np.float64)

    data = next(iter(part.levels.values()))
    difference, reached = found[0].difference, choose(reaches)
    rows = data.rows.assign(
        dataset=draws.dataset,
        baseline=baseline,
        run=run,
        direction=[str(measures[measure]) for measure in data.rows["measure"]],
        questions=part.questions,
        level=np.array(list(part.levels), dtype=object)[widest],
        clusters=np.stack([each.clusters for each in found])[widest, row],
        seeds=len(data.estimates(run)),
        baseline_seeds=len(data.estimates(baseline)),
        baseline_mean=data.estimates(baseline).mean(axis=0),
        mean=data.estimates(run).mean(axis=0),
        difference=difference,
        statistic=choose([each.statistic for each in found]),
        error=choose([each.uncertainty.error for each in found]),
        seed_error=np.sqrt(sum(_seed_variance(data.estimates(name)) for name in (run, baseline))),
        freedom=choose([each.freedom for each in found]),
        p=choose([each.p() for each in found]),
        p_t=choose([each.uncertainty.p_values(difference) for each in found]),
        pointwise_low=difference - reached,
        pointwise_high=difference + reached,
        mdd=choose([detectable(each.uncertainty, options.alpha, options.power) for each in found]),
        margin=[options.margins.get(measure, np.nan) for measure in data.rows["measure"]],
        **dict.fromkeys(("d_z", "share_higher", "share_lower", "share_tied", "p_not_worse", "p_equivalent"), np.nan),
    )
    if part.by_question is not None:
        uncertainty = over_questions(part.by_question, run, baseline)
        contributions = part.by_question.contributions(part.by_question.difference(run, baseline))
        split = shares(contributions, part.questions)
        rows["d_z"] = standardised(difference, uncertainty, part.questions)
        rows["share_higher"], rows["share_lower"], rows["share_tied"] = split.higher, split.lower, split.tied
    for measure in set(options.margins) & set(data.rows["measure"]):
        here = (data.rows["measure"] == measure).to_numpy()
        margin, direction = options.margins[measure], measures[measure]
        not_worse = choose([p_not_worse(difference, each.uncertainty, margin, direction) for each in found])
        equivalent = choose([p_equivalent(difference, each.uncertainty, margin) for each in found])
        rows.loc[here, "p_not_worse"], rows.loc[here, "p_equivalent"] = not_worse[here], equivalent[here]
    rows["family"] = family_of(rows, options.families)
    for family in set(rows["family"]):
        for level, each in enumerate(found):
            inside = (rows["family"] == family).to_numpy() & (widest == level)
            if inside.any():
                most = np.fmax.reduce(each.reference[:, inside], axis=1)
                largest[family] = np.fmax(largest[family], most) if family in largest else most
    return rows


def _seed_variance(estimates: Floats) -> Floats:
    """Of the mean over seeds, ``[rows]``, from the value of each, ``[seeds, rows]``; 0 of a single one."""
    seeds = len(estimates)
    return np.asarray(estimates.var(axis=0, ddof=1) / seeds if seeds > 1 else np.zeros(estimates.shape[1]))


def _judge(
    result: pd.DataFrame, largest: Mapping[str, Floats], measures: Mapping[str, Direction], options: Options
) -> pd.DataFrame:
    """Add what depends on the family: simultaneous intervals, adjusted p-values, and the verdicts that follow."""
    result = result.assign(p_adjusted=np.nan, ci_low=np.nan, ci_high=np.nan)
    for family, reference in largest.items():
        here = (result["family"] == family).to_numpy()
        rows = result[here]
        c = critical(reference, options.alpha)
        reached = reach(c, rows["error"].to_numpy(), rows["freedom"].to_numpy())
        result.loc[here, "p_adjusted"] = p_values(rows["statistic"].to_numpy(), reference)
        result.loc[here, "ci_low"], result.loc[here, "ci_high"] = (
            rows["difference"] - reached,
            rows["difference"] + reached,
        )
    result["p_holm"] = holm(result["p_t"].to_numpy(), result["family"].tolist())
    columns = ("ci_low", "ci_high", "p_adjusted", "measure")
    result["verdict"] = [
        str(verdict((low, high), p, measures[measure], options.margins.get(measure), alpha=options.alpha))
        for low, high, p, measure in zip(*(result[column].tolist() for column in columns), strict=True)
    ]
    return result
