"""``langmix report``: all answers on one page."""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import langmix
from langmix.console import console, literal
from langmix.errors import LangmixError
from langmix.studies.plan import names, study
from langmix.studies.results import Results

if TYPE_CHECKING:
    from langmix.studies.answer import Answer


def main(arguments: Sequence[str]) -> None:
    """Write the report of all studies that have results."""
    parser = argparse.ArgumentParser(
        prog="langmix report",
        description="All answers on one page: report.html, which asks for nothing from elsewhere, and report.md. From "
        "gathered results alone (see langmix study), without a store.",
    )
    parser.add_argument("names", nargs="*", help="studies (default: all that have results)")
    parser.add_argument("--results", type=Path, default=Path("results"), help="folder of gathered results")
    parser.add_argument("--output", type=Path, default=Path(), help="folder for the two files")
    options = parser.parse_args(arguments)

    from langmix.studies.answer import answer
    from langmix.studies.claims import checked
    from langmix.studies.report import html, markdown

    answers: list[Answer] = []
    read: dict[Path, Results] = {}
    for name in options.names or names():
        asked = study(name)
        files = {each: options.results / asked.grid.name / f"{each}.parquet" for each in asked.collections}
        lacking = [str(file) for file in files.values() if not file.exists()]
        if lacking and options.names:
            raise LangmixError(f"study {name}: no results at {lacking[0]}; langmix study {name} says how to get them")
        if not lacking:
            read |= {file: Results.read(file) for file in files.values() if file not in read}
            answers.append(answer(asked, {each: read[file] for each, file in files.items()}))
    if not answers:
        raise LangmixError(f"{options.results}: no study has results there; langmix study NAME says how to get them")
    claims = checked({each.study.name: each for each in answers}, {file.stem: found for file, found in read.items()})
    facts = dict(_facts(list(read.values())))
    out = console()
    try:
        options.output.mkdir(parents=True, exist_ok=True)
        for suffix, written in (("html", html(answers, claims, facts)), ("md", markdown(answers, claims, facts))):
            (options.output / f"report.{suffix}").write_text(written, encoding="utf-8")
    except OSError as error:
        raise LangmixError(f"{options.output}: cannot be written ({error.strerror or error})") from error
    for each in answers:
        out.print(*literal(f"{each.word:12} {each.study.name}: {each.study.question}"), soft_wrap=True)
    out.print(*literal(f"written: {options.output / 'report.html'}, {options.output / 'report.md'}"), soft_wrap=True)


def _facts(results: Sequence[Results]) -> Iterator[tuple[str, str]]:
    """What the answers were made by."""
    cells = [facts for found in results for facts in found.cells.values()]

    def told(key: str) -> str:
        return ", ".join(sorted({str(facts[key]) for facts in cells if facts.get(key)})) or "unknown"

    seconds = sum(float(facts["seconds"]) for facts in cells if facts.get("seconds"))
    yield "langmix", langmix.__version__
    yield "code that trained and evaluated", told("code")
    yield "processor", told("processor")
    yield "cells", f"{len(cells)}, {seconds / 3600:.1f} hours of one process"
