"""Collections in BEIR's layout (Thakur et al. 2021, arXiv 2104.08663): rows of documents, queries and judgements."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial as bound
from pathlib import Path
from typing import NamedTuple, TypeVar

from langmix.collection.collection import Candidate, Collection, Judgement, Query
from langmix.collection.files import chosen, judgements, known, located, titled_text
from langmix.corpus.address import LANGUAGE
from langmix.corpus.hub_records import HubRecords
from langmix.corpus.records import Records
from langmix.document import Node, is_there
from langmix.errors import LangmixError

_ROW = 'BEIR\'s layout {"_id", "text"}'
_JUDGED = 'a judgement {"query-id", "corpus-id", "score"}'

_Item = TypeVar("_Item", Query, Candidate)


class _Source(NamedTuple):
    """Where the texts of a language are; of all languages, where rows say theirs."""

    language: str | None
    documents: Records
    queries: Records
    judged: Iterable[tuple[str, Judgement]]


def beir(
    name: str,
    path: str | Path | None,
    languages: Sequence[str] | None,
    split: str = "test",
    language_key: str | None = None,
    *,
    parallel: bool = False,
    partial: bool = False,
) -> Collection:
    """A collection from a folder, or from a folder per language.

    A candidate's text is its title, a space and its text, as BEIR's own search joins them. Queries without any
    judgement belong to another split and are passed over. Ids are called LANG/ID where there are several folders.

    Args:
        name: What metrics call the collection.
        path: Folder with ``corpus.jsonl``, ``queries.jsonl`` and ``qrels/SPLIT.tsv``, the first two perhaps with
            ``.gz``; with ``{language}`` in it, one of each language.
        languages: Language of each folder, in the order of the collection; or those of the one folder.
        split: Which judgements are taken.
        language_key: Key of a row under which its language is, where one folder holds several; rows in others than
            ``languages`` are passed over.
        parallel: Whether one query id in two languages is one question, which the answers in either answer.
        partial: Whether judgements of candidates that are not there are left out, see `known`.

    Raises:
        LangmixError: A file is missing, damaged or of another layout; ids contradict each other.
    """
    codes = chosen(name, languages, *([] if language_key else [path]))
    if not path:
        raise LangmixError(f"dataset '{name}': dataset.path is null: give the folder of corpus.jsonl")
    spoken: Sequence[str | None] = (None,) if language_key else codes
    sources = []
    for code in spoken:
        folder, own = located(path, code or ""), code or ""
        if not is_there(folder, folder=True):
            raise LangmixError(f"{folder}: no such folder")
        documents, queries = (Records(located(folder / f"{each}.jsonl", own), _ROW) for each in ("corpus", "queries"))
        sources.append(_Source(code, documents, queries, judgements(_qrels(folder, split, own))))
    return _collected(name, codes, sources, language_key, parallel=parallel, partial=partial)


def hub(
    name: str,
    path: str | Path | None,
    languages: Sequence[str] | None,
    rows: Sequence[str],
    language_key: str | None = None,
    *,
    parallel: bool = False,
    partial: bool = False,
) -> Collection:
    """As `beir`, read by `datasets`: from the hub at a pinned revision, or from a folder of Parquet, JSON or Arrow.

    Args:
        name: What metrics call the collection.
        path: As for `langmix.corpus.hub_records.HubRecords`, perhaps with ``{language}`` in it.
        languages: Languages, in the order of the collection.
        rows: ``SUBSET:SPLIT`` of the documents (``_id``, ``title``, ``text``), the queries (``_id``, ``text``) and the
            judgements (``query-id``, ``corpus-id``, ``score``), perhaps with ``{language}`` in it.
        language_key: As for `beir`; likewise the others.
        parallel: Whether one query id in two languages is one question.
        partial: Whether judgements of candidates that are not there are left out.

    Raises:
        LangmixError: As for `beir`, or `datasets` cannot read something.
    """
    if len(rows) != 3:
        raise LangmixError(f"dataset '{name}': dataset.rows has to name documents, queries and judgements")
    everything = " ".join([str(path), *rows])
    codes = chosen(name, languages, *([] if language_key else [everything]))
    sources = []
    for code in (None,) if language_key else codes:
        places = [each.replace(LANGUAGE, code or "") for each in (str(path or ""), *rows)]
        layouts = (_ROW, _ROW, _JUDGED)
        documents, queries, judged = (HubRecords(places[0], *each) for each in zip(places[1:], layouts, strict=True))
        sources.append(_Source(code, documents, queries, _judged(judged)))
    return _collected(name, codes, sources, language_key, parallel=parallel, partial=partial)


def _collected(
    name: str,
    codes: Sequence[str],
    sources: Sequence[_Source],
    language_key: str | None,
    *,
    parallel: bool,
    partial: bool,
) -> Collection:
    queries: list[Query] = []
    candidates: list[Candidate] = []
    answers: dict[str, list[Judgement]] = {}
    for source in sources:
        mark = f"{source.language}/" if len(sources) > 1 else ""
        read = bound(_read, source.language, language_key, codes, mark)
        found, other_documents = read(source.documents, "document", ("_id", "title", "text"), _candidate)
        asked, other_queries = read(source.queries, "query", ("_id", "text"), _query)
        if not found:
            raise LangmixError(f"{source.documents.path}: has no rows{_of(codes) if language_key else ''}")
        judged = [
            (where, Judgement(mark + each.query, mark + each.candidate, each.grade))
            for where, each in source.judged
            if mark + each.query not in other_queries and mark + each.candidate not in other_documents
        ]
        told = f"{name} ({source.language})" if source.language else name
        for each in known(told, judged, set(asked), set(found), partial=partial):
            answers.setdefault(each.query.removeprefix(mark) if parallel else each.query, []).append(each)
        candidates += found.values()
        wanted = {each.query for _, each in judged}
        queries += [
            query._replace(question=key.removeprefix(mark) if parallel else key)
            for key, query in asked.items()
            if key in wanted
        ]
    relevant = [Judgement(query.id, *each[1:]) for query in queries for each in answers.get(query.question, [])]
    return Collection.build(name, codes, queries, candidates, relevant)


def _read(
    language: str | None,
    language_key: str | None,
    codes: Sequence[str],
    mark: str,
    records: Records,
    kind: str,
    keys: Sequence[str],
    made: Callable[[str, str, Node], _Item],
) -> tuple[dict[str, _Item], set[str]]:
    """What rows hold, by id; and the ids of those in other languages."""
    found: dict[str, _Item] = {}
    others: set[str] = set()
    for number, row in records.nodes([*keys, *filter(None, [language_key])]):
        key, code = mark + row.name("_id"), language or row.text(language_key or "")
        if key in found or key in others:
            raise LangmixError(f"{records.at(number)}{kind} id '{row.name('_id')}' occurs twice")
        if code in codes:
            found[key] = made(key, code, row)
        else:
            others.add(key)
    return found, others


def _candidate(key: str, code: str, row: Node) -> Candidate:
    return Candidate(key, code, titled_text(row, ("text",)))


def _query(key: str, code: str, row: Node) -> Query:
    return Query(key, key, code, row.text("text"))


def _of(codes: Sequence[str]) -> str:
    return f" in {' '.join(codes)}"


def _judged(records: Records) -> Iterator[tuple[str, Judgement]]:
    """Judgements in rows, each with the prefix of an error message about it."""
    for number, row in records.nodes(("query-id", "corpus-id", "score")):
        yield records.at(number), Judgement(row.name("query-id"), row.name("corpus-id"), row.whole_number("score"))


def _qrels(folder: Path, split: str, language: str) -> Path:
    file = located(folder / "qrels" / f"{split}.tsv", language)
    if not is_there(file):
        have = " ".join(sorted(each.name for each in (folder / "qrels").glob("*.tsv*"))) or "no such files"
        raise LangmixError(f"{file}: no such file (qrels has: {have}); dataset.split names the judgements")
    return file
