"""``langmix compare``: tracked runs side by side, with intervals and verdicts."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich import box
from rich.table import Table
from rich.text import Text

from langmix.app.configuration import add_config_dir, composed
from langmix.app.tables import console, literal
from langmix.errors import LangmixError
from langmix.plots.style import SETTINGS
from langmix.texts import one_line
from langmix.tracking.cell import TRAINED_BY
from langmix.tracking.provenance import CODE

if TYPE_CHECKING:
    import pandas as pd

    from langmix.studies.compared import Contest
    from langmix.tracking.cell import Cell

_MEASURES = ("map", "rank_distance")


def main(arguments: Sequence[str]) -> None:
    """Compare tracked runs with a baseline."""
    options = _parser().parse_args(arguments)
    overrides = [each for each in options.names if "=" in each]
    names = [each for each in options.names if "=" not in each]

    from langmix.measures.registry import measure
    from langmix.plots.forest import forest_plot
    from langmix.statistics.options import Options
    from langmix.store import Store
    from langmix.studies.compared import contests, deterministic, held_against
    from langmix.tracking.read import selected

    cfg = composed(overrides, options.config_dir)
    store = Store.open(cfg.store.root, cfg.store.tracking_uri)
    margins = dict(map(_margin, options.margin))
    cells = selected(store, names, options.where, cfg.tracking.experiment)
    out, written = console(), []
    for contest in contests(cells, options.baseline):
        if options.seeds and contest.single:
            raise LangmixError(
                f"{contest.single[0]}: has one seed; --seeds needs at least 2 of every arm: train with seed=0,1,2 and "
                "give all runs"
            )
        how = Options(margins=margins, cluster=options.cluster, deterministic=deterministic(contest))
        result = held_against(store, contest, options.measures, how)
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
            out.print(_table(result, arm.name, languages=options.languages))
        out.print(_scope(result, contest), soft_wrap=True)
    for line in (*_remarks(cells), *written):
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
        default=_MEASURES,
        metavar="NAME",
        help="such as map or kendall_w; bias and all for many",
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


def _scope(result: "pd.DataFrame", contest: "Contest") -> str:
    """What the intervals speak about."""
    from langmix.studies.compared import deterministic

    drawn = result.groupby("level")["clusters"].max().sort_values(ascending=False)
    over = ", ".join(f"{count} {level}s" for level, count in drawn.items())
    simultaneous = f"intervals and p hold for all rows of a family together, over {over}"
    if len(drawn) > 1:
        simultaneous += " (each row has the widest)"
    if len(deterministic(contest)) == 1 + len(contest.others):
        return f"{simultaneous}; nothing was trained"
    if not contest.single:
        return f"{simultaneous} and the seeds of each arm"
    return (
        f"{simultaneous}, for these very models: with one seed of {', '.join(contest.single)} nothing is said about "
        "training anew (train with seed=0,1,2 and give all runs)"
    )


def _remarks(cells: Sequence["Cell"]) -> list[str]:
    """What a reader has to know about how the runs were made."""
    codes = sorted({cell.tags.get(tag, "") for cell in cells for tag in (CODE, TRAINED_BY)} - {""})
    remarks = [
        f"run {cell.run_id} ({cell.key.name}): its encoder has collapsed, so its figures mean nothing"
        for cell in cells
        if cell.metrics.get(f"{cell.key.dataset}/embeddings/collapsed")
    ]
    if len(codes) > 1:
        remarks.append(f"made by {len(codes)} versions of langmix's code: {', '.join(codes)}")
    return remarks


def _table(result: "pd.DataFrame", run: str, *, languages: bool) -> Table:
    """One run against the baseline; as narrow as 80 columns."""
    from langmix.measures import measure

    rows = result[result["run"] == run]
    title = f"{run} against {rows['baseline'].iloc[0]} on {rows['dataset'].iloc[0]}"
    table = Table(
        title=Text(one_line(title)),
        box=box.SIMPLE_HEAD,
        title_justify="left",
        pad_edge=False,
        collapse_padding=True,
    )
    table.add_column("measure", overflow="fold")
    if languages:
        table.add_column("", no_wrap=True)
    for heading in ("base-\nline", "run", "change", "95 % interval", "p", "Holm"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    for setting in SETTINGS:
        here = rows[(rows["setting"] == setting) & (languages | (rows["language"] == "all"))]
        if here.empty:
            continue
        table.add_section()
        table.add_row(Text(SETTINGS[setting], style="bold"))
        for row in here.to_dict("records"):
            of = measure(str(row["measure"]))
            figures = [of.text(row[side]) for side in ("baseline_mean", "mean")]
            change = of.text(row["difference"], "+")
            interval = " ".join(of.text(row[end], "+") for end in ("ci_low", "ci_high"))
            p = [_chance(row[kind]) for kind in ("p_adjusted", "p_holm")]
            names = [of.heading, *([str(row["language"])] if languages else [])]
            verdict = str(row["verdict"]).removesuffix(" within margin")
            table.add_row(*literal(*names, *figures, change, interval, *p, verdict))
    return table


def _chance(p: float) -> str:
    """A p-value: no draw and no test shows it to be 0."""
    from langmix.measures.registry import printed

    return "<.0001" if p < 0.00005 else printed(p, 4)
