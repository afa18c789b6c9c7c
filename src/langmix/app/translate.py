"""``langmix translate``: a corpus in, the same corpus with more languages out."""

import argparse
import logging
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich import box
from rich.table import Column, Table

from langmix.configuration.composition import add_config_dir, read_translation
from langmix.configuration.translation import ToTranslate
from langmix.console import console, literal
from langmix.corpus import ParallelCorpus
from langmix.errors import LangmixError
from langmix.finished import write_folder
from langmix.progress import duration
from langmix.store import Store

try:
    from langmix.translation.report import facts, html, reasons
    from langmix.translation.result import Result
    from langmix.translation.routes import routes, shown
    from langmix.translation.run import Cost, Translation
    from langmix.translation.writing import write
except ImportError as error:
    raise LangmixError(f"langmix translate needs more: pip install 'langmix[translation]' ({error})") from error

if TYPE_CHECKING:
    from langmix.translation.similarity import Similarity

log = logging.getLogger(__name__)


def main(arguments: Sequence[str]) -> None:
    """Translate a corpus, or say what that would cost."""
    parser = argparse.ArgumentParser(
        prog="langmix translate",
        description="A corpus in, the same corpus with more languages out, joined by id, checked, with a report.",
        epilog="Its keys are those of conf/translate.yaml, corpus=, translator= (apertium, m2m100, nllb, ctranslate2, "
        "file) and recipe=; the guide on translation says what they mean.",
    )
    parser.add_argument(
        "overrides", nargs="*", metavar="KEY=VALUE", help="such as corpus=squad 'target=[es, \"en->es->pt\"]'"
    )
    parser.add_argument("--dry-run", action="store_true", help="translate a sample, and say what the rest would take")
    add_config_dir(parser)
    options = parser.parse_intermixed_args(arguments)
    asked = read_translation(options.overrides, options.config_dir)
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    logging.getLogger("langmix").setLevel(logging.INFO)
    if asked.output.exists() and not options.dry_run:
        raise LangmixError(f"output={asked.output}: is there already; give a folder that is not")
    store = Store.open(asked.store.root)
    corpora = _splits(asked)
    translation = Translation(
        corpora,
        routes(asked.target, asked.source, corpora[0].languages),
        asked.translator.build(),
        store.translations,
        asked.references,
    )
    if options.dry_run:
        _show_costs(translation.costs())
        return
    similarity = _similarity(asked)
    start = time.monotonic()
    translation.translate()
    log.info("judging and writing")
    with write_folder(asked.output, {"translated": asked.corpus.name}) as folder:
        results = write(translation, folder, asked.gates, similarity)
        known = facts(translation, results)
        (folder / "report.json").write_text(known, encoding="utf-8")
        (folder / "report.html").write_text(html(corpora[0].name, results), encoding="utf-8")
    _show(results, asked.output, time.monotonic() - start, corpora[0].languages)


def _similarity(asked: ToTranslate) -> "Similarity | None":
    if asked.similarity is None:
        return None
    from langmix.translation.similarity import Similarity

    return Similarity.of(asked.similarity.build())


def _splits(asked: ToTranslate) -> list[ParallelCorpus]:
    """All pairs of the corpus: its splits, of which the second may be empty."""
    first: ParallelCorpus = asked.corpus.build(split="train")
    held_out = any(split.pairs for split in first.splits.values())
    return [first, asked.corpus.build(split="validation")] if held_out else [first]


def _show_costs(costs: Sequence[Cost]) -> None:
    numbers = ("texts", "characters", "characters/s", "workers", "time")
    table = Table("step", *(Column(name, justify="right") for name in numbers), box=box.SIMPLE_HEAD)
    for cost in costs:
        row = (f"{cost.texts}", f"{cost.characters:.0f}", f"{cost.rate:.0f}", f"{cost.workers}", duration(cost.seconds))
        table.add_row(shown(cost.hop), *row)
    out = console()
    out.print(table)
    out.print(f"all of it: about {duration(sum(cost.seconds for cost in costs))}; what was tried is kept")


def _show(results: Sequence[Result], output: Path, seconds: float, languages: Sequence[str]) -> None:
    names = reasons(results)
    numbers = ("translated", *names, "kept", "chrF")
    table = Table("route", *(Column(name, justify="right") for name in numbers), box=box.SIMPLE_HEAD)
    for result in results:
        held_up = [str(result.faults[name] + result.outcome.dropped[name]) for name in names]
        chrf = " / ".join(f"{score.chrf:.1f}" for score in result.scores)
        table.add_row(shown(result.route), str(result.translated), *held_up, str(result.outcome.kept), chrf or "–")
    out = console()
    out.print(table)
    codes = list(dict.fromkeys([*languages, *(result.route[-1] for result in results)]))
    out.print(*literal(f"{output}: {' '.join(codes)}, in {duration(seconds)}; what held rows up: report.html"))
    files = f'corpus.files="{output}/{{language}}.jsonl.gz"'
    out.print(*literal(f"langmix plan corpus=jsonl '{files}' corpus.columns.group=group"), soft_wrap=True)
