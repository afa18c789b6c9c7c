"""Question answering sets in SQuAD's format (Rajpurkar et al. 2016, D16-1264) as sentence or as paragraph retrieval."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import NamedTuple, get_args

from langmix.collection.collection import Candidate, Collection, Query
from langmix.collection.files import chosen, located
from langmix.collection.unit import Unit
from langmix.corpus.records import KINDS, Records
from langmix.document import Node, read_object
from langmix.errors import LangmixError
from langmix.sentences import spans

log = logging.getLogger(__name__)

_LAYOUT = 'SQuAD\'s layout {"data": [{"paragraphs": [{"context", "qas": [{"id", "question", "answers"}]}]}]}'
_ROW = 'a row of SQuAD {"id" (or "question_id"), "context", "question", "answers": {"text", "answer_start"}}'

SHIFTS = {"new_wiki": 7938, "nyt": 10065, "reddit": 9803, "amazon": 9885}
"""Questions of each domain of SQuADShifts (Miller et al. 2020, ICML); nyt's number was not checked against its file."""

_SHIFTED_FILES = {"amazon": "amazon_reviews_v1.0.json"}


class _Asked(NamedTuple):
    """One question: its id and text, and the answers' texts and where the file says they start."""

    where: str
    id: str
    text: str
    answers: list[tuple[str, int]]


class _Paragraph(NamedTuple):
    context: str
    article: str
    questions: list[_Asked]


@dataclass
class _Counts:
    """What was mended or left out, told at the end."""

    repaired: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    crossing: int = 0

    def tell(self, name: str, window: int) -> None:
        if self.repaired:
            log.warning(
                "%s: %d answers do not stand where answer_start says, but within %d characters of it, and were taken "
                "there; the first: %s",
                name,
                len(self.repaired),
                window,
                self.repaired[0],
            )
        if self.lost:
            log.warning(
                "%s: %d answers are not in their paragraph within %d characters of answer_start, and were left out; "
                "the first: %s",
                name,
                len(self.lost),
                window,
                self.lost[0],
            )
        if self.crossing:
            log.info("%s: %d answers run past the sentence they start in", name, self.crossing)


def squad(
    name: str,
    path: str | Path | None,
    languages: Sequence[str] | None,
    unit: Unit = "sentence",
    window: int = 30,
) -> Collection:
    """A collection whose candidates are all paragraphs, or all their sentences.

    A question is answered by its paragraph, or by the sentence its answer starts in; and by those of the question with
    its id in other languages. A paragraph that occurs twice in a language is one; a sentence that occurs twice is two
    candidates, as in LAReQA. Queries are called LANG/QUESTION, candidates LANG/PARAGRAPH and LANG/PARAGRAPH/SENTENCE,
    counted from 0 over the distinct paragraphs. Impossible questions have no answer, and are counted.

    Args:
        name: What metrics call the collection.
        path: File in SQuAD's JSON, or of rows (JSONL or Parquet with id, context, question, answers); with
            ``{language}`` in it, one per language.
        languages: Language of each file, in the order of the collection.
        unit: What is searched; sentences are cut by `spans`.
        window: How many characters from ``answer_start`` an answer is looked for where it does not stand there.

    Raises:
        LangmixError: A file is missing, damaged or of another layout, or a question id occurs twice in it.
    """
    codes = chosen(name, languages, path)
    return collected(name, {code: [located(path or "", code)] for code in codes}, unit, window)


def collected(
    name: str,
    files: Mapping[str, Sequence[Path]],
    unit: Unit = "sentence",
    window: int = 30,
    *,
    parallel: bool = True,
) -> Collection:
    """As `squad`, from any files.

    Args:
        name: What metrics call the collection.
        files: By language, in the order of the collection.
        unit: What is searched.
        window: As for `squad`.
        parallel: Whether questions of one id are one question in several languages; otherwise each language's are its
            own, and are called LANG/ID.

    Raises:
        LangmixError: As for `squad`.
    """
    if unit not in get_args(Unit):
        raise LangmixError(f"dataset '{name}': unit={unit} has to be {' or '.join(get_args(Unit))}")
    queries: list[Query] = []
    candidates: list[Candidate] = []
    answers: dict[str, list[str]] = {}
    counts = _Counts()
    for code, paths in files.items():
        places: dict[str, int] = {}
        seen: dict[str, str] = {}
        for paragraph in chain.from_iterable(map(_paragraphs, paths)):
            context, new = paragraph.context, paragraph.context not in places
            at = f"{code}/{places.setdefault(context, len(places))}"
            cut = spans(context) if unit == "sentence" else []
            if new and unit == "sentence":
                candidates += [Candidate(f"{at}/{row}", code, context[a:b]) for row, (a, b) in enumerate(cut)]
            elif new:
                candidates.append(Candidate(at, code, context))
            for asked in paragraph.questions:
                if asked.id in seen:
                    raise LangmixError(
                        f"{asked.where}: question id '{asked.id}' occurs twice, first at {seen[asked.id]}"
                    )
                seen[asked.id] = asked.where
                key = asked.id if parallel else f"{code}/{asked.id}"
                queries.append(Query(f"{code}/{asked.id}", key, code, asked.text, at, f"{code}/{paragraph.article}"))
                found = answers.setdefault(key, [])
                if unit == "paragraph":
                    found += [at] if asked.answers else []
                else:
                    found += [f"{at}/{row}" for row in _sentences(asked, context, cut, window, counts)]
    counts.tell(name, window)
    relevant = [(query.id, answer) for query in queries for answer in answers[query.question]]
    return Collection.build(name, tuple(files), queries, candidates, relevant)


def squadshifts(name: str, path: str | Path | None, domain: str, unit: Unit = "sentence") -> Collection:
    """One domain of SQuADShifts: English questions in SQuAD's manner about texts of other kinds.

    Args:
        name: What metrics call the collection.
        path: Folder with the published files, perhaps with ``.gz``.
        domain: "new_wiki", "nyt", "reddit" or "amazon".
        unit: What is searched.

    Raises:
        LangmixError: There is no such domain, or its file is missing or has another number of questions.
    """
    if domain not in SHIFTS:
        raise LangmixError(f"dataset '{name}': domain={domain} has to be one of {' '.join(SHIFTS)}")
    if not path:
        raise LangmixError(f"dataset '{name}': dataset.path is null: give the folder of the published files")
    found = squad(name, Path(path) / _SHIFTED_FILES.get(domain, f"{domain}_v1.0.json"), ["en"], unit)
    questions = len(found.query_ids) + found.unanswered
    if questions != SHIFTS[domain]:
        raise LangmixError(f"dataset '{name}': {questions} questions, published are {SHIFTS[domain]}")
    return found


def _sentences(
    asked: _Asked, context: str, cut: Sequence[tuple[int, int]], window: int, counts: _Counts
) -> Iterator[int]:
    """Sentences in which an answer starts."""
    for text, start in asked.answers:
        at = _nearest(context, text, start, window)
        if at < 0:
            counts.lost.append(f"{asked.where} ('{text[:40]}' at {start})")
            continue
        if at != start:
            counts.repaired.append(f"{asked.where} (answer_start {start}, found at {at})")
        # White space between sentences belongs to the one behind it.
        row = next((row for row, (_, end) in enumerate(cut) if at < end), None)
        if row is not None:
            counts.crossing += at + len(text.rstrip()) > cut[row][1]
            yield row


def _nearest(context: str, text: str, start: int, window: int) -> int:
    """Where ``text`` stands nearest to ``start`` within ``window`` characters; -1: nowhere."""
    if not text or start < 0:
        return -1
    around = range(max(0, start - window), min(len(context), start + window) + 1)
    return min((at for at in around if context.startswith(text, at)), key=lambda at: abs(at - start), default=-1)


def _paragraphs(file: Path) -> Iterator[_Paragraph]:
    if any(suffix.lower() in KINDS for suffix in file.suffixes[-2:]):
        for _, row in Records(file, _ROW).nodes(("id", "question_id", "context", "question", "answers", "title")):
            article = (row.optional("title") if row.has("title") else None) or row.text("context")
            yield _Paragraph(row.text("context"), article, [_row(row)])
        return
    for number, titled in enumerate(read_object(file, _LAYOUT).nodes("data")):
        for paragraph in titled.nodes("paragraphs"):
            yield _Paragraph(paragraph.text("context"), str(number), [_asked(each) for each in paragraph.nodes("qas")])


def _asked(question: Node) -> _Asked:
    impossible = question.has("is_impossible") and question.truth("is_impossible")
    given = [] if impossible else question.nodes("answers")
    answers = [(each.optional("text") or "", each.whole_number("answer_start")) for each in given]
    return _Asked(question.where, question.name("id"), question.text("question"), answers)


def _row(row: Node) -> _Asked:
    node = row.node("answers")
    texts, starts = node.items("text"), node.items("answer_start")
    wrong = len(texts) != len(starts) or not all(isinstance(text, str) for text in texts)
    if wrong or not all(isinstance(start, int) and not isinstance(start, bool) for start in starts):
        raise LangmixError(f"{row.where}: 'answers' has to hold as many texts as whole numbers answer_start")
    key = row.name("question_id" if row.has("question_id") and not row.has("id") else "id")
    return _Asked(row.where, key, row.text("question"), list(zip(texts, starts, strict=True)))
