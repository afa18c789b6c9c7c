"""Parallel texts as translation retrieval: line n of every file says the same."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from langmix.collection.collection import Candidate, Collection, Query
from langmix.collection.files import chosen, located
from langmix.corpus.records import Records
from langmix.errors import LangmixError
from langmix.languages import selected
from langmix.texts import is_empty

_SIB200 = {"train": 701, "dev": 99, "test": 204}  # sentences, as published


def lines(name: str, path: str | Path | None, languages: Sequence[str] | None, pivot: str | None = None) -> Collection:
    """A collection from one text file per language, of as many lines each; see `translations`.

    Queries and candidates are called LANG/LINE, counted from 1.

    Args:
        name: What metrics call the collection.
        path: Text file with ``{language}`` in it, one per language.
        languages: Language of each file, in the order of the collection.
        pivot: See `translations`.

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
    return translations(name, texts, pivot)


def sib200(
    name: str, path: str | Path | None, codes: Mapping[str, str], split: str, pivot: str | None = None
) -> Collection:
    """Sentences of SIB-200 (Adelani et al. 2024, 2024.eacl-long.14) as translation retrieval; see `translations`.

    They are FLORES-200's: no set that was cut from it is another domain. Queries and candidates are called LANG/ID.

    Args:
        name: What metrics call the collection.
        path: Folder with a file per language and script as published, ``eng_Latn.tsv``, perhaps with ``.gz``.
        codes: What the files are called, by language: {en: eng_Latn}.
        split: "train" (701 sentences), "dev" (99), "test" (204), or "all".
        pivot: See `translations`.

    Raises:
        LangmixError: There are fewer than two languages, a file is missing or damaged, or has other sentences.
    """
    if split not in {"all", *_SIB200}:
        raise LangmixError(f"dataset '{name}': split={split} has to be {', '.join(_SIB200)} or all")
    if not path:
        raise LangmixError(f"dataset '{name}': dataset.path is null: give the folder of the published files")
    selected(list(codes), f"dataset '{name}': ")
    expected = sum(_SIB200.values()) if split == "all" else _SIB200[split]
    texts = {}
    for code, stem in codes.items():
        records = Records(located(Path(path) / f"{stem}.tsv", code))
        rows = records.nodes(("index_id", "text", "split"))
        texts[code] = {row.name("index_id"): row.text("text") for _, row in rows if split in ("all", row.text("split"))}
        if len(texts[code]) != expected or texts[code].keys() != texts[next(iter(codes))].keys():
            raise LangmixError(
                f"{records.path}: has {len(texts[code])} sentences of split {split}, published are {expected}, of the "
                "same ids in all languages"
            )
    return translations(name, texts, pivot)


def tatoeba(name: str, path: str | Path | None, language: str, code: str) -> Collection:
    """A language and English of the Tatoeba test sets (Artetxe and Schwenk 2019, Q19-1038); see `translations`.

    English sides differ by language, so figures of two languages do not compare. Queries and candidates are called
    LANG/LINE, counted from 1.

    Args:
        name: What metrics call the collection.
        path: Folder with ``XXX-eng.tsv`` as published, two columns without a header, perhaps with ``.gz``.
        language: The language.
        code: What its file is called: ISO 639-3.

    Raises:
        LangmixError: The file is missing or damaged, or a line has not two texts.
    """
    if not path:
        raise LangmixError(f"dataset '{name}': dataset.path is null: give the folder of the published files")
    known_as = selected([language, "en"], f"dataset '{name}': ")
    records = Records(located(Path(path) / f"{code}-eng.tsv", language), kind=".tsv")
    texts: dict[str, dict[str, str]] = {each: {} for each in known_as}
    for number, line in records.lines():
        cells = line.split("\t")
        if len(cells) != 2 or any(map(is_empty, cells)):
            raise LangmixError(f"{records.at(number)}has to hold a text, a tab and its translation")
        for each, text in zip(known_as, cells, strict=True):
            texts[each][str(number)] = text
    return translations(name, texts)


def translations(name: str, texts: Mapping[str, Mapping[str, str]], pivot: str | None = None) -> Collection:
    """Every text asks for its translations: between two languages, what is known as bitext retrieval.

    A query is a text, candidates are all texts, and what answers it is the text itself, in its own language, and each
    of its translations. So the monolingual setting asks for the very same text, which shows no more than that the
    encoder's two sides agree; the cross-lingual one is the task, and in the pool the text itself is one answer of many.

    Args:
        name: What metrics call the collection.
        texts: By language and id; the ids are the same in every language.
        pivot: The one language from which, and into which, translations are asked for; None: all are, and the pairs of
            languages grow with the square of their number.

    Raises:
        LangmixError: There are fewer than two languages, or the pivot is none of them.
    """
    if len(texts) < 2:
        raise LangmixError(f"dataset '{name}': translations are between languages; {' '.join(texts)} is one")
    if pivot is not None and pivot not in texts:
        raise LangmixError(f"dataset '{name}': pivot={pivot} is none of the languages ({' '.join(texts)})")
    queries = [Query(f"{code}/{key}", key, code, text) for code, own in texts.items() for key, text in own.items()]
    candidates = [Candidate(query.id, query.language, query.text) for query in queries]
    relevant = [
        (query.id, f"{code}/{query.question}")
        for query in queries
        for code in texts
        if pivot is None or code == query.language or pivot in {code, query.language}
    ]
    return Collection.build(name, tuple(texts), queries, candidates, relevant)
