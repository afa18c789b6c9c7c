"""A retrieval test collection over several languages."""

import hashlib
import json
import logging
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from langmix.collection.components import connected
from langmix.errors import LangmixError
from langmix.texts import has_word, is_empty

log = logging.getLogger(__name__)

_NAME = re.compile(r"[\w.-]+")


class Query(NamedTuple):
    """One query.

    Attributes:
        id: Unique over the data set.
        question: Name of the question that the query is a translation of.
        language: ISO 639 code.
        text: What is encoded.
        paragraph: Name of the paragraph that it was asked about, if any; those of two languages have two names.
        article: Likewise the article.
    """

    id: str
    question: str
    language: str
    text: str
    paragraph: str | None = None
    article: str | None = None


class Judgement(NamedTuple):
    """What was judged of one candidate for one query.

    Attributes:
        query: Id of the query.
        candidate: Id of the candidate.
        grade: How relevant it is: from 1 on it is, for every measure that knows only relevant and not relevant; 0 and
            below it is not. nDCG takes the grade as gain.
    """

    query: str
    candidate: str
    grade: int = 1


class Candidate(NamedTuple):
    """One candidate answer.

    Attributes:
        id: Unique over the data set.
        language: ISO 639 code.
        text: What is encoded.
    """

    id: str
    language: str
    text: str


_Item = TypeVar("_Item", Query, Candidate)


@dataclass(frozen=True)
class Collection:
    """Queries, candidates and relevance judgements of one data set, over all its languages.

    Attributes:
        name: What metrics call the data set, e.g. ``xquad_r``.
        languages: ISO 639 codes; query and candidate languages are indices into it.
        query_ids: Unique over the data set, ``[queries]``.
        query_questions: Question each query is a translation of, ``[queries]``: translations share it.
        query_languages: ``[queries]``, ascending: queries of one language are contiguous.
        query_texts: ``[queries]``; none of a collection of which only ids are known, see `need_texts`.
        candidate_ids: Unique over the data set, ``[candidates]``.
        candidate_languages: ``[candidates]``, ascending: candidates of one language are contiguous.
        candidate_texts: ``[candidates]``, likewise.
        relevant: Pairs (query index, candidate index), ``[judgements, 2]``, sorted, unique. A query has at least one,
            perhaps in some languages only.
        fingerprint: Hash of all of the above but the name, and of the grades.
        query_paragraphs: Paragraph of each query's question, ``[queries]``; None where there are none. Paragraphs that
            a question and its translations were asked about are one, see `connected`, so that translations share it.
        query_articles: Article of each query's question, likewise.
        grades: Grade of each pair of `relevant`, ``[judgements]``, from 1; None: all are 1.
        unanswered: How many queries were left out because nothing is relevant to them: they have no rank, so no mean
            can count them.
    """

    name: str
    languages: tuple[str, ...]
    query_ids: list[str]
    query_questions: list[str]
    query_languages: npt.NDArray[np.int64]
    query_texts: list[str]
    candidate_ids: list[str]
    candidate_languages: npt.NDArray[np.int64]
    candidate_texts: list[str]
    relevant: npt.NDArray[np.int64]
    fingerprint: str
    query_paragraphs: list[str] | None = None
    query_articles: list[str] | None = None
    grades: npt.NDArray[np.int64] | None = None
    unanswered: int = 0

    @classmethod
    def build(
        cls,
        name: str,
        languages: Sequence[str],
        queries: Iterable[Query],
        candidates: Iterable[Candidate],
        relevant: Iterable[tuple[str, str] | Judgement],
    ) -> "Collection":
        """Put queries and candidates in the order of the languages, and hash the content.

        Queries to which nothing is relevant are counted, told and left out. A language may have candidates alone or
        queries alone.

        Args:
            name: What metrics and files call the data set: letters, digits, and ``_``, ``-`` and ``.`` between them.
            languages: ISO 639 codes, each once.
            queries: In any order; those of one language keep theirs.
            candidates: In any order; those of one language keep theirs.
            relevant: Pairs (query id, candidate id) or graded judgements, in any order; of several judgements of one
                pair the highest grade counts.

        Raises:
            LangmixError: An id is not unique, a text is empty or not Unicode, a language or a judged id is unknown, a
                language has neither query nor candidate, no query has a relevant candidate, or some queries have a
                paragraph or an article and others none; or the name is unfit.
        """
        if not _NAME.fullmatch(name) or name.startswith("."):
            raise LangmixError(f"collection '{name}': the name has to be of letters, digits, '_', '-' and '.'")
        queries = _sorted(name, "query", languages, queries)
        candidates = _sorted(name, "candidate", languages, candidates)
        query_index = {query.id: index for index, query in enumerate(queries)}
        candidate_index = {candidate.id: index for index, candidate in enumerate(candidates)}
        present = {each.language for each in queries} | {each.language for each in candidates}
        for language in languages:
            if language not in present:
                raise LangmixError(f"collection '{name}': no query and no candidate in language '{language}'")
        pairs: dict[tuple[int, int], int] = {}
        for query, candidate, grade in (Judgement(*each) for each in relevant):
            if query not in query_index or candidate not in candidate_index:
                unknown = f"query '{query}'" if query not in query_index else f"candidate '{candidate}'"
                raise LangmixError(f"collection '{name}': judgement of {unknown}, which there is not")
            if grade >= 1:
                pair = query_index[query], candidate_index[candidate]
                pairs[pair] = max(grade, pairs.get(pair, grade))
        asked = sorted({query for query, _ in pairs})
        if not asked:
            raise LangmixError(
                f"collection '{name}': no judgement of grade 1 or above, so none of {len(queries)} queries has a "
                "relevant candidate"
            )
        unanswered = len(queries) - len(asked)
        if unanswered:
            example = queries[next(row for row, at in enumerate([*asked, len(queries)]) if row != at)].id
            log.warning(
                "%s: %d of %d queries have no relevant candidate, such as '%s'; they are left out and in no mean",
                name,
                unanswered,
                len(queries),
                example,
            )
            row_of = {query: row for row, query in enumerate(asked)}
            queries = [queries[query] for query in asked]
            pairs = {(row_of[query], candidate): grade for (query, candidate), grade in pairs.items()}
        ordered = sorted(pairs)
        judgements = np.array(ordered, dtype=np.int64).reshape(-1, 2)
        grades = np.array([pairs[pair] for pair in ordered], dtype=np.int64)
        graded = grades if (grades > 1).any() else None
        code = {language: index for index, language in enumerate(languages)}
        return cls(
            name=name,
            languages=tuple(languages),
            query_ids=[query.id for query in queries],
            query_questions=[query.question for query in queries],
            query_languages=np.array([code[query.language] for query in queries], dtype=np.int64),
            query_texts=[query.text for query in queries],
            candidate_ids=[candidate.id for candidate in candidates],
            candidate_languages=np.array([code[candidate.language] for candidate in candidates], dtype=np.int64),
            candidate_texts=[candidate.text for candidate in candidates],
            relevant=judgements,
            fingerprint=_content_hash(languages, queries, candidates, judgements, graded),
            query_paragraphs=_sources(name, "paragraph", queries),
            query_articles=_sources(name, "article", queries),
            grades=graded,
            unanswered=unanswered,
        )

    def need_texts(self) -> None:
        """Refuse to encode or look for what is not there.

        Raises:
            LangmixError: Only ids are known of it.
        """
        if not self.candidate_texts:
            raise LangmixError(f"collection '{self.name}': has ids and no texts; langmix score measures run files")


def _sorted(name: str, kind: str, languages: Sequence[str], items: Iterable[_Item]) -> list[_Item]:
    """The items, checked, by language."""
    by_language: dict[str, list[_Item]] = {language: [] for language in languages}
    seen = set()
    for item in items:
        if item.id in seen:
            raise LangmixError(f"collection '{name}': {kind} id '{item.id}' occurs twice")
        if is_empty(item.text):
            raise LangmixError(
                f"collection '{name}': {kind} '{item.id}' has an empty text, nothing of which can be seen"
            )
        try:
            "".join(part for part in item if part is not None).encode()
        except UnicodeEncodeError as error:
            raise LangmixError(
                f"collection '{name}': {kind} '{item.id}' is not Unicode text ({error.reason})"
            ) from error
        if item.language not in by_language:
            known = " ".join(languages)
            raise LangmixError(f"collection '{name}': {kind} '{item.id}' is in '{item.language}' (languages: {known})")
        seen.add(item.id)
        by_language[item.language].append(item)
    if not seen:
        raise LangmixError(f"collection '{name}': there is no {kind}")
    wordless = sum(not has_word(item.text) for of_language in by_language.values() for item in of_language)
    if wordless:
        log.info("%s: %s texts without a letter or a digit: %d", name, kind, wordless)
    return [item for of_language in by_language.values() for item in of_language]


def _sources(name: str, kind: str, queries: Sequence[Query]) -> list[str] | None:
    """Paragraph or article of each query's question; None where no query has one."""
    given = [getattr(query, kind) for query in queries]
    if not any(given):
        return None
    if not all(given):
        lacking = next(query.id for query, source in zip(queries, given, strict=True) if not source)
        raise LangmixError(f"collection '{name}': query '{lacking}' has no {kind}, as others have")
    return connected([query.question for query in queries], given)


def _content_hash(
    languages: Sequence[str],
    queries: Sequence[Query],
    candidates: Sequence[Candidate],
    relevant: npt.NDArray[np.int64],
    grades: npt.NDArray[np.int64] | None,
) -> str:
    """SHA-256 (hexadecimal) of what is searched; JSON keeps neighbouring strings apart."""
    digest = hashlib.sha256(json.dumps(list(languages)).encode())
    for item in [*queries, *candidates]:
        digest.update(json.dumps(item[:4]).encode())  # paragraphs and articles change no figure
    digest.update(relevant.astype("<i8").tobytes())
    if grades is not None:
        digest.update(grades.astype("<i8").tobytes())
    return digest.hexdigest()
