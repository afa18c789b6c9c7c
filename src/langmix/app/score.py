"""``langmix score``: run files of any system, with all measures and statistics."""

import argparse
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich import box
from rich.table import Table

from langmix.configuration.composition import add_config_dir, read
from langmix.console import console, literal
from langmix.errors import LangmixError

if TYPE_CHECKING:
    from langmix.evaluation.run_files import Ranked


def main(arguments: Sequence[str]) -> None:
    """Measure run files, and hold them against the first."""
    options = _parser().parse_intermixed_args(arguments)
    overrides = [each for each in options.runs if "=" in each and not Path(each).exists()]
    paths = [Path(each) for each in options.runs if each not in overrides]
    if not paths:
        raise LangmixError("no run file is given: langmix score FILE.run [FILE.run ...] dataset=NAME")

    from langmix.evaluation.run_files import lexical, ranked
    from langmix.scoring.lexical import NAME
    from langmix.statistics.options import Options
    from langmix.studies.compared import USUAL, compare_evidence
    from langmix.studies.contest_table import comparison

    collection = read(overrides, options.config_dir).dataset.shared()
    names = _names(paths)
    found = {
        name: lexical(collection) if path == Path(NAME) and not path.exists() else ranked(path, collection)
        for name, path in zip(names, paths, strict=True)
    }
    result = None
    if len(found) > 1:
        comparable = {name: each.beside(found.values()) for name, each in found.items()}
        cut = comparable[names[0]].evidence.cut
        result = compare_evidence(
            {name: [each.table] for name, each in comparable.items()},
            lambda name: [comparable[name].evidence],
            names[0],
            options.measures or (USUAL[:1] if cut else USUAL),
            Options(cluster=options.cluster, deterministic=names),
        )
    out = console()
    out.print(_table(collection.name, found))
    for name, each in found.items():
        if each.missing:
            left_out = "" if len(each.settings) > 1 else " and settings of one candidate language"
            out.print(
                *literal(
                    f"{name}: {100 * each.missing:.1f} % of the judgements are not in its rankings and count as never "
                    f"found; measures that need every rank{left_out} are left out"
                ),
                soft_wrap=True,
            )
    if result is not None:
        for name in names[1:]:
            out.print(comparison(result, name, languages=False))
    if options.output:
        _write(options.output, found)
        out.print(*literal(f"figures and per-query tables: {options.output}"), soft_wrap=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="langmix score",
        description="Rankings of any system, as TREC run files, with the measures and statistics of langmix.",
    )
    parser.add_argument(
        "runs",
        nargs="+",
        metavar="RUN",
        help="run file of the pool of all languages, or a folder with pool.run and LANGUAGE.run, or bm25, which is "
        "computed; the first is what the others are held against. KEY=VALUE names the collection: dataset=xquad_r",
    )
    parser.add_argument(
        "--measures", nargs="+", metavar="NAME", help="that are compared; such as map, ndcg_at_10, bias"
    )
    parser.add_argument(
        "--cluster",
        default="widest",
        choices=("question", "paragraph", "article", "widest"),
        help="what is drawn anew for the intervals (default: each, and the widest interval counts)",
    )
    parser.add_argument("--output", type=Path, metavar="DIR", help="folder for figures (JSON) and per-query tables")
    add_config_dir(parser)
    return parser


def _names(paths: Sequence[Path]) -> list[str]:
    """What each run is called: its file's or folder's name; its whole path where two share that."""
    short = [path.name.removesuffix(".gz").removesuffix(".run") or str(path) for path in paths]
    names = [name if short.count(name) == 1 else str(path) for name, path in zip(short, paths, strict=True)]
    if len(set(names)) < len(names):
        raise LangmixError(f"{next(name for name in names if names.count(name) > 1)}: is given twice")
    return names


def _table(dataset: str, found: "dict[str, Ranked]") -> Table:
    from langmix.studies.comparison import COLUMNS

    table = Table(title=dataset, box=box.SIMPLE_HEAD, title_justify="left")
    table.add_column("run")
    for column in COLUMNS:
        table.add_column(column.heading, justify="right")
    for name, each in found.items():
        figures = each.figures
        cells = [column.text(figures.get(f"{dataset}/{column.metric}", math.nan)) for column in COLUMNS]
        table.add_row(*literal(name), *cells)
    return table


def _write(folder: Path, found: "dict[str, Ranked]") -> None:
    """Figures and per-query table of each run, by its name.

    Raises:
        LangmixError: They cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, each in found.items():
            file = "_".join(part for part in Path(name).parts if part != "/")
            (folder / f"{file}.json").write_text(json.dumps(each.figures, indent=1) + "\n", encoding="utf-8")
            each.table.to_parquet(folder / f"{file}.parquet")
    except OSError as error:
        raise LangmixError(f"{folder}: cannot be written ({error.strerror or error})") from error
