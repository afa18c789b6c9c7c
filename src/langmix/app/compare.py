"""``langmix compare``: tracked runs side by side, with intervals and verdicts."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich import box
from rich.table import Table

from langmix.app.configuration import add_config_dir, composed
from langmix.app.tables import console
from langmix.errors import LangmixError
from langmix.tracking.cell import UNTRAINED, Cell

if TYPE_CHECKING:
    import pandas as pd

    from langmix.tracking.store import Store

_MEASURES = ("average_precision", "rank_distance")
_NAMES = {
    "average_precision": "mAP",
    "reciprocal_rank": "MRR",
    "recall_at_1": "R@1",
    "recall_at_10": "R@10",
    "ndcg_at_10": "nDCG@10",
    "success_at_10": "S@10",
    "rank_distance": "rank dist. ↓",
}
_FINGERPRINT = "langmix.fingerprint.dataset"


def main(arguments: Sequence[str]) -> None:
    """Compare tracked runs with the first of them."""
    parser = argparse.ArgumentParser(
        prog="langmix compare",
        description="Tracked runs side by side: the first is what the others are held against. "
        "Runs that differ in their seed alone are one arm.",
    )
    parser.add_argument("runs", nargs="+", metavar="RUN_ID", help="MLflow ids of cells; KEY=VALUE is an override")
    parser.add_argument(
        "--measures", nargs="+", default=_MEASURES, metavar="COLUMN", help="columns of per_query.parquet"
    )
    parser.add_argument(
        "--margin", nargs="+", default=[], metavar="COLUMN=VALUE", help="largest difference that would not matter"
    )
    parser.add_argument(
        "--seeds",
        action="store_true",
        help="claim something about training anew: every trained arm must have several seeds",
    )
    parser.add_argument("--languages", action="store_true", help="show single query languages too")
    parser.add_argument("--output", type=Path, default=Path("comparison"), help="folder for the table and the plots")
    add_config_dir(parser)
    options = parser.parse_args(arguments)
    overrides = [each for each in options.runs if "=" in each]
    ids = [each for each in options.runs if "=" not in each]

    from langmix.plots.forest import forest_plot
    from langmix.statistics.compare import Options, compare
    from langmix.tracking.store import Store

    cfg = composed(overrides, options.config_dir)
    store = Store.open(cfg.store.root, cfg.store.tracking_uri)
    margins = dict(map(_margin, options.margin))
    arms = _arms(store, ids)
    single = [name for name, cells in arms.items() if len(cells) == 1 and cells[0].key.sampler != UNTRAINED]
    if options.seeds and single:
        raise LangmixError(
            f"{single[0]}: has one seed; --seeds needs at least 2 of every arm: train with seed=0,1,2 and give all runs"
        )
    tables = {name: [_per_query(store, cell) for cell in cells] for name, cells in arms.items()}
    deterministic = [name for name, cells in arms.items() if cells[0].key.sampler == UNTRAINED]
    result = compare(
        tables, next(iter(tables)), options.measures, Options(margins=margins, deterministic=deterministic)
    )
    options.output.mkdir(parents=True, exist_ok=True)
    result.to_csv(options.output / "comparison.csv", index=False)
    plots = []
    (dataset,) = result["dataset"].unique()  # all runs were evaluated on the same data
    for measure in result["measure"].unique():
        plots.append(options.output / f"{dataset}_{measure}.png")
        forest_plot(result, dataset, measure, plots[-1])
    out = console()
    for run in result["run"].unique():
        out.print(_table(result, run, languages=options.languages))
    out.print(_scope(result, single), soft_wrap=True, highlight=False)
    for path in (options.output / "comparison.csv", *plots):
        out.print(str(path), soft_wrap=True, highlight=False)


def _margin(text: str) -> tuple[str, float]:
    measure, _, value = text.partition("=")
    try:
        return measure, float(value)
    except ValueError as error:
        raise LangmixError(f"--margin {text}: give COLUMN=NUMBER, as in average_precision=0.005") from error


def _arms(store: "Store", ids: Sequence[str]) -> dict[str, list[Cell]]:
    """Cells by arm, in the order given; seeds of one arm together."""
    from langmix.tracking.read import cell

    arms: dict[str, list[Cell]] = {}
    first: Cell | None = None
    for run_id in ids:
        found = cell(store, run_id)
        if found.status != "FINISHED":
            raise LangmixError(f"run {run_id}: is {found.status.lower()}; only finished runs can be compared")
        first = first or found
        if found.tags.get(_FINGERPRINT) != first.tags.get(_FINGERPRINT):
            raise LangmixError(
                f"run {run_id} was evaluated on other data than run {first.run_id}: {found.key.dataset} "
                f"{found.tags.get(_FINGERPRINT)} against {first.key.dataset} {first.tags.get(_FINGERPRINT)}"
            )
        arms.setdefault(f"{found.key.backbone}·{found.key.arm}", []).append(found)
    for name, cells in arms.items():
        seeds = [found.key.seed for found in cells]
        if len(set(seeds)) < len(seeds):
            raise LangmixError(f"{name}: seed {seeds[-1]} is given twice; runs of one arm must differ in their seed")
    return arms


def _per_query(store: "Store", cell: Cell) -> "pd.DataFrame":
    import pandas as pd
    import pyarrow as pa

    from langmix.tracking.read import artifact

    path = artifact(store, cell.run_id, "per_query.parquet")
    try:
        return pd.read_parquet(path)
    except (pa.ArrowException, OSError) as error:
        raise LangmixError(f"{path}: not a per-query table ({' '.join(str(error).split())})") from error


def _scope(result: "pd.DataFrame", single: Sequence[str]) -> str:
    """What the intervals speak about."""
    questions = int(result["clusters"].max())
    if not single:
        return f"intervals over {questions} questions and the seeds of each arm"
    return (
        f"intervals over {questions} questions, for these very models: with one seed of {', '.join(single)} nothing is "
        "said about training anew (train with seed=0,1,2 and give all runs)"
    )


def _table(result: "pd.DataFrame", run: str, *, languages: bool) -> Table:
    """One run against the baseline."""
    rows = result[result["run"] == run]
    baseline, dataset = rows["baseline"].iloc[0], rows["dataset"].iloc[0]
    table = Table(
        title=f"{run} against {baseline} on {dataset}", box=box.SIMPLE_HEAD, title_justify="left", pad_edge=False
    )
    for heading in ("setting", *(["language"] if languages else []), "measure"):
        table.add_column(heading, no_wrap=True)
    for heading in ("baseline", "run", "change", "95 % interval", "p (Holm)"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("verdict", overflow="fold")
    for row in rows.to_dict("records"):
        if not languages and row["language"] != "all":
            continue
        digits = 1 if row["measure"] == "rank_distance" else 4
        levels = [f"{row[side]:.{digits}f}" for side in ("baseline_mean", "mean")]
        change = f"{row['difference']:+.{digits}f}"
        interval = f"{row['ci_low']:+.{digits}f} {row['ci_high']:+.{digits}f}"
        names = [str(row["setting"]), *([str(row["language"])] if languages else [])]
        measure = _NAMES.get(str(row["measure"]), str(row["measure"]))
        table.add_row(*names, measure, *levels, change, interval, f"{row['p_holm']:.4f}", str(row["verdict"]))
    return table
