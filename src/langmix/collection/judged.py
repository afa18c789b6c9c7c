"""Judgements and languages without texts: enough to measure run files of any system."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from langmix.collection.collection import Candidate, Collection, Query
from langmix.collection.files import judgements, known
from langmix.corpus.records import Records
from langmix.errors import LangmixError
from langmix.languages import language, selected
from langmix.texts import is_empty


def judged(
    name: str,
    qrels: str | Path | None,
    queries: str | Path | None,
    candidates: str | Path | None,
    languages: Sequence[str] | None,
    *,
    partial: bool = False,
) -> Collection:
    """A collection of which only ids are known: run files of it can be measured, and nothing can encode it.

    Args:
        name: What metrics call the collection.
        qrels: File of the judgements, TREC's four columns or BEIR's three.
        queries: File of lines ``ID TAB LANGUAGE``, perhaps with ``TAB QUESTION``: what translations of one question
            share, which is drawn anew as one for intervals.
        candidates: File of lines ``ID TAB LANGUAGE`` of all candidates that were searched.
        languages: Order of the languages; None: that of the candidates, then of the queries.
        partial: Whether judgements of candidates that are not there are left out, see `known`.

    Raises:
        LangmixError: A file is missing or damaged, a line is none, or ids contradict each other.
    """
    files = {"qrels": qrels, "queries": queries, "candidates": candidates}
    if missing := [key for key, path in files.items() if not path]:
        raise LangmixError(f"dataset '{name}': dataset.{missing[0]} is null: give its file")
    searched = [Candidate(key, code, key) for key, code, _ in _spoken(Path(candidates or ""), 2)]
    asked = [Query(key, rest or key, code, key) for key, code, rest in _spoken(Path(queries or ""), 3)]
    found = list(dict.fromkeys([*(each.language for each in searched), *(each.language for each in asked)]))
    codes = found if languages is None else selected(languages, f"dataset '{name}': ")
    if unknown := [code for code in found if code not in codes]:
        raise LangmixError(f"dataset '{name}': '{unknown[0]}' is there, and not in dataset.languages")
    relevant = known(
        name,
        judgements(Path(qrels or "")),
        {query.id for query in asked},
        {candidate.id for candidate in searched},
        partial=partial,
    )
    return replace(Collection.build(name, codes, asked, searched, relevant), query_texts=[], candidate_texts=[])


def _spoken(path: Path, most: int) -> Iterator[tuple[str, str, str]]:
    """Id, language and whatever else the lines of a file hold."""
    records = Records(path, kind=".tsv")
    for number, line in records.lines():
        cells = [cell.strip() for cell in line.split("\t")]
        if cells == [""]:
            continue
        if not 2 <= len(cells) <= most or any(map(is_empty, cells)):
            more = ", and perhaps a tab and a question" if most > 2 else ""
            raise LangmixError(f"{records.at(number)}has to hold an id, a tab and a language{more}")
        yield cells[0], language(cells[1], records.at(number)).code, cells[2] if len(cells) > 2 else ""
