"""Parallel texts as translation retrieval: line n of every file says the same."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from langmix.collection.collection import Candidate, Collection, Query
from langmix.collection.files import chosen, located
from langmix.corpus.records import Records
from langmix.errors import LangmixError
from langmix.texts import is_empty


def lines(name: str, path: str | Path | None, languages: Sequence[str] | None) -> Collection:
    """A collection from one text file per language, of as many lines each; see `translations`.

    Queries and candidates are called LANG/LINE, counted from 1.

    Args:
        name: What metrics call the collection.
        path: Text file with ``{language}`` in it, one per language.
        languages: Language of each file, in the order of the collection.

    Raises:
        LangmixError: There are fewer than two languages, a file is missing or damaged, a line is empty, or files
            differ in their number of lines.
    """
    codes = chosen(name, languages, path)
    texts: dict[str, dict[str, str]] = {}
    for code in codes:
        records = Records(located(path or "", code), kind=".tsv")
        texts[code] = {}
        for number, line in records.lines():
            if is_empty(line):
                raise LangmixError(f"{records.at(number)}the line is empty, and has a translation in other files")
            texts[code][str(number)] = line
        if len(texts[code]) != len(texts[codes[0]]):
            raise LangmixError(
                f"{records.path}: has {len(texts[code])} lines, where {codes[0]} has {len(texts[codes[0]])}: line n "
                "has to translate line n"
            )
    return translations(name, texts)


def translations(name: str, texts: Mapping[str, Mapping[str, str]]) -> Collection:
    """Every text asks for its translations: between two languages, what is known as bitext retrieval.

    A query is a text, candidates are all texts, and what answers it is the text itself, in its own language, and each
    of its translations. So the monolingual setting asks for the very same text, which shows no more than that the
    encoder's two sides agree; the cross-lingual one is the task, and in the pool the text itself is one answer of many.

    Args:
        name: What metrics call the collection.
        texts: By language and id; the ids are the same in every language.

    Raises:
        LangmixError: There are fewer than two languages.
    """
    if len(texts) < 2:
        raise LangmixError(f"dataset '{name}': translations are between languages; {' '.join(texts)} is one")
    queries = [Query(f"{code}/{key}", key, code, text) for code, own in texts.items() for key, text in own.items()]
    candidates = [Candidate(query.id, query.language, query.text) for query in queries]
    relevant = [(query.id, f"{code}/{query.question}") for query in queries for code in texts]
    return Collection.build(name, tuple(texts), queries, candidates, relevant)
