"""``langmix data``: what is in a test collection, and what of it is trained on."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich import box
from rich.table import Table

from langmix.app.parts import audited
from langmix.configuration.composition import add_config_dir, read
from langmix.configuration.opened import Configuration
from langmix.console import console, literal
from langmix.corpus import ParallelCorpus
from langmix.errors import LangmixError
from langmix.texts import one_line

_SHOWN = 5  # hits
_WIDTH = 60  # characters of their texts


def main(arguments: Sequence[str]) -> None:
    """Describe a collection, or look for it in a corpus."""
    parser = argparse.ArgumentParser(
        prog="langmix data",
        description="describe: what is in a test collection. audit: which of its texts are in the training corpus.",
    )
    parser.add_argument("action", choices=("describe", "audit"), help="what to do")
    parser.add_argument("overrides", nargs="*", metavar="KEY=VALUE", help="such as dataset=xquad_r corpus=squad")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--hits", metavar="FILE", type=Path, help="audit: write every hit, with both texts, as CSV")
    add_config_dir(parser)
    options = parser.parse_intermixed_args(arguments)
    if options.hits and options.action != "audit":
        raise LangmixError("--hits FILE is of 'langmix data audit'")
    if options.hits and not options.hits.absolute().parent.is_dir():
        raise LangmixError(f"{options.hits}: cannot be written (there is no such folder)")
    asked = read(options.overrides, options.config_dir)
    if options.action == "describe":
        _describe(asked, as_json=options.json)
    else:
        _audit(asked, options.hits, as_json=options.json)


def _describe(asked: Configuration, *, as_json: bool) -> None:
    from langmix.collection.describe import describe

    found = describe(asked.dataset.shared())
    out = console()
    if as_json:
        _print_json(found)
        return
    relevant, every = found["relevant"], found["languages"].values()
    queries, candidates = (sum(one[side] for one in every) for side in ("queries", "candidates"))
    out.print(
        one_line(found["name"]) + f": {queries} queries, {candidates} candidates, {found['judgements']} judgements in "
        f"{len(every)} languages",
        soft_wrap=True,
    )
    table = Table(
        "language",
        *_columns("queries", "candidates", "characters", "duplicates", "near", "wordless"),
        box=box.SIMPLE_HEAD,
    )
    for code, one in found["languages"].items():
        lengths = " / ".join("–" if each is None else f"{each:.0f}" for each in one["characters"].values())
        numbers = (one[key] for key in ("duplicates", "near_duplicates", "wordless"))
        table.add_row(code, str(one["queries"]), str(one["candidates"]), lengths, *map(str, numbers))
    out.print(table)
    of_questions = ", ".join(f"{count} in {languages}" for languages, count in found["questions"].items())
    for line in (
        f"settings: {' '.join(found['settings'])}",
        f"questions by number of languages: {of_questions}",
        f"relevant candidates of a query: {relevant['least']} to {relevant['most']}, median {relevant['median']:g}",
        f"judgements by grade: {', '.join(f'{count} of {grade}' for grade, count in found['grades'].items())}",
        f"queries without an answer, left out: {found['unanswered']}",
    ):
        out.print(line, soft_wrap=True)


def _audit(asked: Configuration, hits: Path | None, *, as_json: bool) -> None:
    corpus: ParallelCorpus = asked.to_train.corpus.shared(split="train")
    collection, found = asked.dataset.shared(), audited(asked.to_train.corpus, asked.dataset)
    if hits:
        try:
            found.hits.to_csv(hits, index=False)
        except OSError as error:
            raise LangmixError(f"{hits}: cannot be written ({error.strerror or error})") from error
    if as_json:
        _print_json({"corpus": corpus.name, "collection": collection.name, "of": found.compared, "found": found.found})
        return
    out = console()
    out.print(one_line(f"{collection.name} in {corpus.name}") + f" ({len(corpus)} pairs)", soft_wrap=True)
    table = Table("kind", *_columns("of", "found"), box=box.SIMPLE_HEAD)
    for kind, number in found.found.items():
        table.add_row(kind, str(found.compared[kind]), str(number))
    out.print(table)
    for row in found.hits[found.hits["kind"] != "question id"].head(_SHOWN).itertuples():
        where = f"{row.kind} {row.test_id} is in {row.corpus_language} {row.pair_id}"
        out.print(*literal(f"{where}: {str(row.test_text)[:_WIDTH]}"), soft_wrap=True)
    if hits:
        out.print(*literal(f"all {len(found.hits)} hits: {hits}"), soft_wrap=True)
    elif len(found.hits):
        out.print(f"all {len(found.hits)} hits, with both texts: --hits FILE.csv", soft_wrap=True)


def _columns(*names: str) -> list[Any]:
    from rich.table import Column

    return [Column(name, justify="right") for name in names]


def _print_json(content: dict[str, Any]) -> None:
    print(json.dumps(content, indent=1, ensure_ascii=False))  # noqa: T201  # what is asked for is the output
