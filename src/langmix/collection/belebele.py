"""Belebele (Bandarkar et al. 2024, 2024.acl-long.44) as passage retrieval: questions about passages of FLORES-200."""

from collections.abc import Mapping
from pathlib import Path

from langmix.collection.collection import Candidate, Collection, Query
from langmix.collection.files import located
from langmix.corpus.records import Records
from langmix.errors import LangmixError
from langmix.languages import selected

QUESTIONS = 900
"""Of each language, as published; no file of it was at hand to count."""

_ROW = 'a row of Belebele {"link", "question_number", "flores_passage", "question"}'


def belebele(name: str, path: str | Path | None, codes: Mapping[str, str]) -> Collection:
    """The questions of several languages, and their passages; the answer options are not used.

    A question is known by its link and number, in all languages, and is answered by the passage it was asked about, in
    each. Queries are called LANG/LINK#NUMBER, a candidate LANG/LINK#NUMBER by the first question about it.

    Args:
        name: What metrics call the collection.
        path: Folder with a file per language and script as published, ``eng_Latn.jsonl``, perhaps with ``.gz``.
        codes: What the files are called, by language: {en: eng_Latn}.

    Raises:
        LangmixError: A file is missing or damaged, or has other questions than the first.
    """
    if not path:
        raise LangmixError(f"dataset '{name}': dataset.path is null: give the folder of the published files")
    languages = selected(list(codes), f"dataset '{name}': ")
    queries: list[Query] = []
    candidates: dict[str, Candidate] = {}
    answers: dict[str, list[str]] = {}
    for code, stem in zip(languages, codes.values(), strict=True):
        records = Records(located(Path(path) / f"{stem}.jsonl", code), _ROW)
        passages: dict[tuple[str, str], str] = {}
        first = len(queries)
        for number, row in records.nodes(("link", "question_number", "flores_passage", "question")):
            link, passage = row.text("link"), row.text("flores_passage")
            question = f"{link}#{row.whole_number('question_number')}"
            place = passages.setdefault((link, passage), f"{code}/{question}")
            candidates.setdefault(place, Candidate(place, code, passage))
            if first and question not in answers:
                raise LangmixError(f"{records.at(number)}question {question} is not there in '{languages[0]}'")
            queries.append(Query(f"{code}/{question}", question, code, row.text("question"), place, f"{code}/{link}"))
            answers.setdefault(question, []).append(place)
        if len(queries) - first != QUESTIONS:
            raise LangmixError(f"{records.path}: has {len(queries) - first} questions, published are {QUESTIONS}")
    relevant = [(query.id, answer) for query in queries for answer in answers[query.question]]
    return Collection.build(name, languages, queries, candidates.values(), relevant)
