"""The two collections of LAReQA (Roy et al. 2020, EMNLP, arXiv 2004.05484): XQuAD-R and MLQA-R.

Every sentence of every paragraph is a candidate; a question is answered by the sentence its answer starts in, and by
the answers of its translations: all questions with one id are translations of one another.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import get_args

from langmix.collection.collection import Candidate, Collection, Query
from langmix.collection.download import download
from langmix.collection.unit import Unit
from langmix.document import Node, is_there, read_object
from langmix.errors import LangmixError
from langmix.languages import selected
from langmix.store import Store

_LAYOUT = 'LAReQA\'s layout {"data": [{"paragraphs": [{"context", "sentence_breaks", "qas"}]}]}'


def lareqa(
    name: str,
    path: str | Path | None,
    languages: Sequence[str] | None,
    url: str,
    sha256: Mapping[str, str],
    store: Store,
    unit: Unit = "sentence",
) -> Collection:
    """XQuAD-R or MLQA-R, or their paragraphs.

    Queries are called LANG/QUESTION and candidates LANG/PARAGRAPH/SENTENCE, the latter two counted from 0 over the
    file, or LANG/PARAGRAPH. A sentence that occurs twice is two candidates; a paragraph that does is the first of them.

    Args:
        name: What metrics call the data set.
        path: Folder with LANG.json or LANG.json.gz of each language; None: the published files are downloaded.
        languages: Languages to take, in this order; None: all.
        url: Address below which LANG.json is published.
        sha256: Checksum of each published file, by language: also the list of languages the data set has.
        store: Where downloads are kept.
        unit: What is searched: sentences, or whole paragraphs as in arXiv 2605.31171 (MIMO) and 2606.18801 (SHIFT).

    Raises:
        LangmixError: A language is not in the data set; a file is missing, damaged or not LAReQA's; a file cannot be
            downloaded or has another checksum.
    """
    languages = selected(list(sha256) if languages is None else languages, f"dataset '{name}': ")
    for code in languages:
        if code not in sha256:
            raise LangmixError(f"dataset '{name}' has no language '{code}' (has: {' '.join(sha256)})")
    if unit not in get_args(Unit):
        raise LangmixError(f"dataset '{name}': unit={unit} has to be {' or '.join(get_args(Unit))}")
    queries: list[Query] = []
    candidates: list[Candidate] = []
    answers: dict[str, list[str]] = defaultdict(list)
    for code in languages:
        if path is None:
            file = download(f"{url}/{code}.json", sha256[code], store.collections / name / f"{code}.json")
        else:
            file = _local(Path(path).expanduser(), code)
        _read(file, code, unit, queries, candidates, answers)
    relevant = [(query.id, answer) for query in queries for answer in answers[query.question]]
    return Collection.build(name, languages, queries, candidates, relevant)


def _local(folder: Path, code: str) -> Path:
    if not is_there(folder, folder=True):
        raise LangmixError(f"{folder}: no such folder")
    for file in (folder / f"{code}.json", folder / f"{code}.json.gz"):
        if is_there(file):
            return file
    present = " ".join(sorted(file.name for file in folder.glob("*.json*"))) or "no such files"
    raise LangmixError(f"{folder / code}.json: neither this file nor {code}.json.gz is in the folder (has: {present})")


def _read(
    file: Path,
    code: str,
    unit: Unit,
    queries: list[Query],
    candidates: list[Candidate],
    answers: dict[str, list[str]],
) -> None:
    """Add one file's questions, what is searched and, by question, what answers."""
    first: dict[str, str] = {}  # of each paragraph
    seen: dict[str, str] = {}
    articles = enumerate(read_object(file, _LAYOUT).nodes("data"))
    paragraphs = [(number, paragraph) for number, article in articles for paragraph in article.nodes("paragraphs")]
    for index, (article, paragraph) in enumerate(paragraphs):
        context = paragraph.text("context")
        spans = _spans(paragraph, len(context))
        ids = [f"{code}/{index}/{sentence}" for sentence in range(len(spans))]
        if unit == "paragraph":
            whole_id = f"{code}/{index}"
            if first.setdefault(context, whole_id) == whole_id:
                candidates.append(Candidate(whole_id, code, context))
            ids = [first[context]] * len(spans)
        else:
            parts = zip(ids, spans, strict=True)
            candidates += [Candidate(key, code, context[start:end]) for key, (start, end) in parts]
        for question in paragraph.nodes("qas"):
            name = question.name("id")
            if name in seen:
                raise LangmixError(f"{question.where}: question id '{name}' occurs twice, first at {seen[name]}")
            seen[name] = question.position
            source, whole = f"{code}/{index}", f"{code}/{article}"
            queries.append(Query(f"{code}/{name}", name, code, question.text("question"), source, whole))
            for answer in question.nodes("answers"):
                answers[name].append(ids[_holding(answer, spans)])


def _spans(paragraph: Node, length: int) -> list[tuple[int, int]]:
    """Start and end of each sentence in the paragraph's context."""
    spans = []
    for index, span in enumerate(paragraph.items("sentence_breaks")):
        match span:
            case [int(start), int(end)] if 0 <= start < end <= length:
                spans.append((start, end))
            case _:
                raise LangmixError(
                    f"{paragraph.where}: sentence_breaks[{index}] is {span}, not a [start, end] inside the context "
                    f"of {length} characters"
                )
    return spans


def _holding(answer: Node, spans: list[tuple[int, int]]) -> int:
    """Index of the sentence in which the answer starts; the answer may run past its end."""
    at = answer.whole_number("answer_start")
    for index, (start, end) in enumerate(spans):
        if start <= at < end:
            return index
    raise LangmixError(f"{answer.where}: answer_start {at} is in none of the {len(spans)} sentence_breaks")
