"""``langmix compare``: tracked runs side by side, with intervals and verdicts."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from langmix.configuration.composition import add_config_dir, read
from langmix.console import console
from langmix.errors import LangmixError


def main(arguments: Sequence[str]) -> None:
    """Compare tracked runs with a baseline."""
    options = _parser().parse_args(arguments)
    # What follows the measures is taken for one, too.
    overrides = [each for each in (*options.names, *options.measures) if "=" in each]
    names, measures = ([each for each in some if "=" not in each] for some in (options.names, options.measures))

    from langmix.measures.registry import measure
    from langmix.plots.forest import forest_plot
    from langmix.statistics.options import Options
    from langmix.store import Store
    from langmix.studies.compared import contests, deterministic, held_against
    from langmix.studies.contest_table import comparison, remarks, scope
    from langmix.tracking.read import fetch, selected

    asked = read(overrides, options.config_dir)
    store = Store.open(asked.place.root)
    names = fetch(store, asked.tracking.mirror, names)
    margins = dict(map(_margin, options.margin))
    cells = selected(store, names, options.where, asked.tracking.experiment)
    out, written = console(), []
    for contest in contests(cells, options.baseline):
        if options.seeds and contest.single:
            raise LangmixError(
                f"{contest.single[0]}: has one seed; --seeds needs at least 2 of every arm: train with seed=0,1,2 and "
                "give all runs"
            )
        how = Options(margins=margins, cluster=options.cluster, deterministic=deterministic(contest))
        result = held_against(store, contest, measures or None, how)
        options.output.mkdir(parents=True, exist_ok=True)
        table = options.output / f"{contest.dataset}.csv"
        result.to_csv(table, index=False)
        written.append(str(table))
        drawn = result["measure"].unique()
        for name in drawn:
            plot = options.output / f"{contest.dataset}_{name}.png"
            forest_plot(result, contest.dataset, name, plot, {name: measure(name).title})
        written.append(f"{len(drawn)} plots: {options.output / contest.dataset}_*.png")
        for arm in contest.others:
            out.print(comparison(result, arm.name, languages=options.languages))
        out.print(scope(result, contest), soft_wrap=True)
    for line in (*remarks(cells), *written):
        out.print(line, soft_wrap=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="langmix compare",
        description="Tracked runs side by side: the first is what the others are held against. "
        "Runs that differ in their seed alone are one arm.",
    )
    parser.add_argument(
        "names",
        nargs="*",
        metavar="RUN_ID",
        help="MLflow ids of cells or of sweeps, or names of experiments (default: the experiment of the "
        "configuration); KEY=VALUE is an override",
    )
    parser.add_argument("--where", metavar="FILTER", help="MLflow filter, as in \"params.corpus = 'atlas'\"")
    parser.add_argument("--baseline", metavar="ARM", help="label, sampler or run of the arm to hold the others against")
    parser.add_argument(
        "--measures",
        nargs="+",
        default=(),
        metavar="NAME",
        help="such as map (the default, with rank_distance) or kendall_w; bias and all for many",
    )
    parser.add_argument(
        "--margin", nargs="+", default=[], metavar="NAME=VALUE", help="largest difference that would not matter"
    )
    parser.add_argument(
        "--cluster",
        default="widest",
        choices=("question", "paragraph", "article", "widest"),
        help="what is drawn anew for the intervals (default: each, and the widest interval counts)",
    )
    parser.add_argument(
        "--seeds",
        action="store_true",
        help="claim something about training anew: every trained arm must have several seeds",
    )
    parser.add_argument("--languages", action="store_true", help="show single query languages too")
    parser.add_argument("--output", type=Path, default=Path("comparison"), help="folder for the tables and the plots")
    add_config_dir(parser)
    return parser


def _margin(text: str) -> tuple[str, float]:
    measure, _, value = text.partition("=")
    try:
        return measure, float(value)
    except ValueError as error:
        raise LangmixError(f"--margin {text}: give NAME=NUMBER, as in map=0.005") from error
