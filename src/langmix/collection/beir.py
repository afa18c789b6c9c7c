"""Collections in BEIR's layout (Thakur et al. 2021, arXiv 2104.08663): corpus.jsonl, queries.jsonl, qrels/SPLIT.tsv."""

from collections.abc import Sequence
from pathlib import Path

from langmix.collection.collection import Candidate, Collection, Judgement, Query
from langmix.collection.files import chosen, judgements, known, located, titled_text
from langmix.corpus.records import Records
from langmix.document import Node, is_there
from langmix.errors import LangmixError

_ROW = 'BEIR\'s layout {"_id", "text"}'


def beir(
    name: str,
    path: str | Path | None,
    languages: Sequence[str] | None,
    split: str = "test",
    *,
    parallel: bool = False,
    partial: bool = False,
) -> Collection:
    """A collection from a folder, or from a folder per language.

    A candidate's text is its title, a space and its text, as BEIR's own search joins them. Queries without any
    judgement belong to another split and are passed over. Ids are called LANG/ID where there are several languages.

    Args:
        name: What metrics call the collection.
        path: Folder with ``corpus.jsonl``, ``queries.jsonl`` and ``qrels/SPLIT.tsv``, the first two perhaps with
            ``.gz``; with ``{language}`` in it, one of each language.
        languages: Language of each folder, in the order of the collection.
        split: Which judgements are taken.
        parallel: Whether one query id in two languages is one question, which the answers in either answer.
        partial: Whether judgements of candidates that are not there are left out, see `known`.

    Raises:
        LangmixError: A file is missing, damaged or of another layout; ids contradict each other.
    """
    codes = chosen(name, languages, path)
    queries: list[Query] = []
    candidates: list[Candidate] = []
    answers: dict[str, list[Judgement]] = {}
    for code in codes:
        folder, mark = located(path or "", code), f"{code}/" if len(codes) > 1 else ""
        if not is_there(folder, folder=True):
            raise LangmixError(f"{folder}: no such folder")
        first = len(candidates)
        for _, row in Records(located(folder / "corpus.jsonl", code), _ROW).nodes(()):
            candidates.append(Candidate(mark + row.name("_id"), code, titled_text(row, ("text",))))
        if len(candidates) == first:
            raise LangmixError(f"{folder / 'corpus.jsonl'}: has no rows")
        asked: dict[str, Node] = {}
        texts = Records(located(folder / "queries.jsonl", code), _ROW)
        for number, row in texts.nodes(()):
            key = mark + row.name("_id")
            if key in asked:
                raise LangmixError(f"{texts.at(number)}query id '{row.name('_id')}' occurs twice")
            asked[key] = row
        found = [
            (where, Judgement(mark + each.query, mark + each.candidate, each.grade))
            for where, each in judgements(_qrels(folder, split, code))
        ]
        for each in known(
            f"{name} ({code})", found, set(asked), {each.id for each in candidates[first:]}, partial=partial
        ):
            answers.setdefault(each.query.removeprefix(mark) if parallel else each.query, []).append(each)
        judged = {each.query for _, each in found}
        for key, row in asked.items():
            if key in judged:
                question = key.removeprefix(mark) if parallel else key
                queries.append(Query(key, question, code, row.text("text")))
    relevant = [Judgement(query.id, *each[1:]) for query in queries for each in answers.get(query.question, [])]
    return Collection.build(name, codes, queries, candidates, relevant)


def _qrels(folder: Path, split: str, language: str) -> Path:
    file = located(folder / "qrels" / f"{split}.tsv", language)
    if not is_there(file):
        have = " ".join(sorted(each.name for each in (folder / "qrels").glob("*.tsv*"))) or "no such files"
        raise LangmixError(f"{file}: no such file (qrels has: {have}); dataset.split names the judgements")
    return file
