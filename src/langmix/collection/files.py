"""A user's files of a collection: which file is whose language, and what a judgement in it says."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from langmix.collection.collection import Judgement
from langmix.corpus.address import LANGUAGE
from langmix.corpus.records import Records
from langmix.document import Node, is_there
from langmix.errors import LangmixError
from langmix.languages import selected

log = logging.getLogger(__name__)

_HEADINGS = ("query-id", "query_id", "qid")


def chosen(name: str, languages: Sequence[str] | None, *paths: str | Path | None) -> tuple[str, ...]:
    """The languages of a collection, of which each has files of its own where paths hold `LANGUAGE`.

    Args:
        name: Name of the collection.
        languages: Codes, as a configuration has them.
        paths: Paths that have to tell several languages apart.

    Raises:
        LangmixError: Languages are missing or unknown, a path is missing, or one stands for several languages.
    """
    if languages is None:
        raise LangmixError(f"dataset '{name}': dataset.languages is null: give the languages of the files, like [sw]")
    codes = selected(languages, f"dataset '{name}': ")
    for path in paths:
        if not path:
            raise LangmixError(f"dataset '{name}': a path is null; give each, with {LANGUAGE} where the code belongs")
        if len(codes) > 1 and LANGUAGE not in str(path):
            raise LangmixError(
                f"dataset '{name}': {path} is one file or folder for {' '.join(codes)}: write {LANGUAGE} where the "
                "code belongs in the path"
            )
    return codes


def located(path: str | Path, language: str) -> Path:
    """The path of a language; with ``.gz`` where only that file is there."""
    own = Path(str(path).replace(LANGUAGE, language)).expanduser()
    packed = own.with_name(f"{own.name}.gz")
    return packed if not own.exists() and is_there(packed) else own


def titled_text(row: Node, keys: Sequence[str]) -> str:
    """What is encoded of a document: its title, a space and its text, or the one of them that there is.

    Args:
        row: The document.
        keys: Keys under which the text may be; the first that is there counts.

    Raises:
        LangmixError: There is neither.
    """
    found = [row.optional(key) for key in ("title", next((key for key in keys if row.has(key)), "")) if row.has(key)]
    text = " ".join(part for part in found if part)
    if not text:
        raise LangmixError(f"{row.where}: has no text (under {' or '.join(keys)}) and no title")
    return text


def judgements(path: Path) -> Iterator[tuple[str, Judgement]]:
    """Judgements of a file, each with the prefix of an error message about it.

    Either TREC's four columns (query, iteration, candidate, grade) or BEIR's three (query, candidate, grade, under a
    header that begins with query-id), between tabs or spaces.

    Raises:
        LangmixError: The file is missing, damaged or has a line that is neither.
    """
    records = Records(path, kind=".tsv")
    for number, line in records.lines():
        match line.split():
            case []:
                continue
            case [query, candidate, grade] | [query, _, candidate, grade] if _whole(grade):
                yield records.at(number), Judgement(query, candidate, int(grade))
            case [first, _, _] if number == 1 and first.lower() in _HEADINGS:
                continue
            case _:
                raise LangmixError(
                    f"{records.at(number)}not a judgement: needed are query, iteration, candidate and grade (TREC), or "
                    "query, candidate and grade (BEIR), the grade a whole number"
                )


def known(
    name: str, judged: Iterable[tuple[str, Judgement]], queries: set[str], candidates: set[str], *, partial: bool
) -> Iterator[Judgement]:
    """The judgements whose query and candidate there are.

    Args:
        name: What the collection is called in what is told.
        judged: Judgements with the prefix of an error message, from `judgements`.
        queries: Ids of all queries.
        candidates: Ids of all candidates.
        partial: Whether the candidates are a part of those that were judged: judgements of others are counted, told
            and left out.

    Raises:
        LangmixError: There is no such query, or no such candidate though candidates are whole.
    """
    total = left_out = 0
    for where, judgement in judged:
        total += 1
        if judgement.query not in queries:
            raise LangmixError(f"{where}query '{judgement.query}' is judged, and not among the {len(queries)} queries")
        if judgement.candidate in candidates:
            yield judgement
        elif partial:
            left_out += 1
        else:
            raise LangmixError(
                f"{where}candidate '{judgement.candidate}' is judged, and not among the {len(candidates)} candidates; "
                "dataset.partial=true leaves such judgements out"
            )
    if left_out:
        log.warning(
            "%s: %d of %d judgements are of candidates that are not here; figures do not compare with those of others",
            name,
            left_out,
            total,
        )


def _whole(text: str) -> bool:
    return text.removeprefix("-").isdecimal()
