"""Collections in TREC's layouts: topics, judgements and documents in files of their own, as MIRACL and NeuCLIR are."""

import re
from collections.abc import Iterator, Sequence
from html import unescape
from pathlib import Path

from langmix.collection.collection import Candidate, Collection, Judgement, Query
from langmix.collection.files import chosen, judgements, known, located, titled_text
from langmix.corpus.records import KINDS, Records
from langmix.document import is_there
from langmix.errors import LangmixError
from langmix.texts import is_empty

_ROW = 'a document {"docid", "title", "text"} or {"id", "contents"}'
_IDS = ("docid", "id", "_id", "doc_id")
_TEXTS = ("text", "contents", "body")

_TOPIC = re.compile(r"<top>(.*?)</top>|<topic\b([^>]*)>(.*?)</topic>", re.DOTALL | re.IGNORECASE)
_NUMBER = re.compile(r"<num>\s*(?:Number:)?\s*([^\s<]+)", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""(?:number|id)\s*=\s*["']([^"']+)["']""", re.IGNORECASE)
_DOCUMENT = re.compile(r"<doc>(.*?)</doc>", re.DOTALL | re.IGNORECASE)
_DOCNO = re.compile(r"<docno>\s*(.*?)\s*</docno>", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")


def trec(
    name: str,
    topics: str | Path | None,
    qrels: str | Path | None,
    documents: str | Path | Sequence[str | Path] | None,
    languages: Sequence[str] | None,
    field: str = "title",
    *,
    partial: bool = False,
) -> Collection:
    """A collection from TREC's files, of one language or of several.

    Topics are lines ``ID TAB TEXT``, or SGML (``<top><num>…<title>…``) or XML (``<topic number="…"><query>…``).
    Judgements are TREC's. Documents are JSONL, Parquet, CSV or TSV with a header, or SGML (``<DOC><DOCNO>…``); a title
    is joined to its text by a space. Queries and documents are called LANG/ID where there are several languages. A
    query whose id is that of a document has nothing to do with it.

    Args:
        name: What metrics call the collection.
        topics: File of the queries; with ``{language}`` in it, one per language. So are the others.
        qrels: File of the judgements.
        documents: Files of the documents, each perhaps with ``*`` and the like for shards.
        languages: Language of each file, in the order of the collection.
        field: Tag of a topic that is its query, in SGML and XML.
        partial: Whether judgements of documents that are not there are left out, see `known`.

    Raises:
        LangmixError: A file is missing, damaged or of another layout; ids contradict each other.
    """
    patterns = [documents] if isinstance(documents, str | Path) or documents is None else list(documents)
    codes = chosen(name, languages, topics, qrels, *patterns)
    queries: list[Query] = []
    candidates: list[Candidate] = []
    relevant: list[Judgement] = []
    for code in codes:
        mark, first = f"{code}/" if len(codes) > 1 else "", len(candidates)
        for pattern in patterns:
            for file in _shards(located(pattern or "", code)):
                candidates += [Candidate(mark + key, code, text) for key, text in _documents(file)]
        asked: dict[str, str] = {}
        for key, text in _topics(located(topics or "", code), field):
            if asked.setdefault(mark + key, text) is not text:
                raise LangmixError(f"{located(topics or '', code)}: topic '{key}' occurs twice")
        found = [
            (where, Judgement(mark + each.query, mark + each.candidate, each.grade))
            for where, each in judgements(located(qrels or "", code))
        ]
        there = {each.id for each in candidates[first:]}
        relevant += known(f"{name} ({code})", found, set(asked), there, partial=partial)
        queries += [Query(key, key, code, text) for key, text in asked.items()]
    return Collection.build(name, codes, queries, candidates, relevant)


def _shards(pattern: Path) -> list[Path]:
    """The files that a path stands for, in the order of their names."""
    if not any(sign in pattern.name for sign in "*?["):
        return [pattern]
    files = sorted(pattern.parent.glob(pattern.name))
    if not files:
        raise LangmixError(f"{pattern}: no file is called so")
    return files


def _documents(file: Path) -> Iterator[tuple[str, str]]:
    if any(suffix.lower() in KINDS for suffix in file.suffixes[-2:]):
        for _, row in Records(file, _ROW).nodes((*_IDS, *_TEXTS, "title")):
            yield row.name(next((key for key in _IDS if row.has(key)), _IDS[0])), titled_text(row, _TEXTS)
        return
    content = _whole(file)
    for place, found in enumerate(_DOCUMENT.finditer(content), 1):
        number = _DOCNO.search(found[1])
        if not number:
            raise LangmixError(f"{file}: document {place} has no <DOCNO>")
        yield number[1], _plain(_DOCNO.sub(" ", found[1]))
    if not _DOCUMENT.search(content):
        raise LangmixError(f"{file}: holds no <DOC>; documents are SGML, or rows of {' '.join(KINDS)}")


def _topics(file: Path, field: str) -> Iterator[tuple[str, str]]:
    first = next((line for _, line in Records(file, kind=".tsv").lines() if line.strip()), "")
    if "<" not in first[:1]:
        yield from _lines(file)
        return
    content = _whole(file)
    # Closing tags may be missing in TREC's SGML: a field ends where any tag begins.
    text = re.compile(rf"<{re.escape(field)}>\s*(?:Topic:)?(.*?)(?=<)", re.DOTALL | re.IGNORECASE)
    for place, found in enumerate(_TOPIC.finditer(content), 1):
        inner = found[1] or found[3] or ""
        number = _ATTRIBUTE.search(found[2] or "") or _NUMBER.search(inner)
        query = text.search(f"{inner}<")
        if not number or not query or is_empty(_plain(query[1])):
            lacking = "number" if not number else f"<{field}>"
            raise LangmixError(f"{file}: topic {place} has no {lacking}; dataset.field names the tag of the query")
        yield number[1], _plain(query[1])
    if not _TOPIC.search(content):
        raise LangmixError(f"{file}: begins with '<' and holds neither <top> nor <topic>")


def _lines(file: Path) -> Iterator[tuple[str, str]]:
    records = Records(file, kind=".tsv")
    for number, line in records.lines():
        if not line.strip():
            continue
        key, tab, text = line.partition("\t")
        if not tab or is_empty(key) or is_empty(text):
            raise LangmixError(f"{records.at(number)}not a topic: an id, a tab and a text are needed")
        yield key.strip(), text.strip()


def _whole(file: Path) -> str:
    if not is_there(file):
        raise LangmixError(f"{file}: no such file")
    return "\n".join(line for _, line in Records(file, kind=".tsv").lines())


def _plain(markup: str) -> str:
    """Text without tags, on one line."""
    return " ".join(unescape(_TAG.sub(" ", markup)).split())
