"""What is in a test collection, in numbers."""

from typing import Any

import numpy as np

from langmix.collection.collection import Collection
from langmix.corpus.codes import comparable
from langmix.texts import has_word


def describe(collection: Collection) -> dict[str, Any]:
    """Counts, parallelism, lengths and duplicates; what `json` can write.

    Returns:
        ``name``, ``fingerprint``; ``judgements``, ``grades`` (judgements by grade), ``relevant`` (least, median and
        most of a query), ``unanswered`` (queries left out), ``questions`` (how many there are in so many languages),
        ``settings`` that can be computed; and by language in ``languages``: ``queries``, ``candidates``, ``characters``
        (median length of a query and of a candidate; None where there are none), ``duplicates`` (candidates equal to an
        earlier one of the language), ``near_duplicates`` (the same after NFKC, case folding and white space) and
        ``wordless`` (candidates without a letter or digit).
    """
    collection.need_texts()
    query_of, candidate_of = collection.relevant.T
    asked, searched = collection.query_languages[query_of], collection.candidate_languages[candidate_of]
    settings = {"monolingual": (asked == searched).any(), "cross_lingual": (asked != searched).any()}
    per_query = np.bincount(query_of)
    grades = np.ones(len(query_of), np.int64) if collection.grades is None else collection.grades
    return {
        "name": collection.name,
        "fingerprint": collection.fingerprint,
        "judgements": len(query_of),
        "grades": _counts(grades),
        "relevant": {
            "least": int(per_query.min()),
            "median": float(np.median(per_query)),
            "most": int(per_query.max()),
        },
        "unanswered": collection.unanswered,
        "questions": _counts(np.unique(collection.query_questions, return_counts=True)[1]),
        "settings": [*(name for name, there in settings.items() if there), "multilingual"],
        "languages": {code: _of_language(collection, row) for row, code in enumerate(collection.languages)},
    }


def _of_language(collection: Collection, language: int) -> dict[str, Any]:
    queries, candidates = (
        [texts[row] for row in np.flatnonzero(languages == language)]
        for texts, languages in (
            (collection.query_texts, collection.query_languages),
            (collection.candidate_texts, collection.candidate_languages),
        )
    )
    return {
        "queries": len(queries),
        "candidates": len(candidates),
        "characters": {
            side: float(np.median([len(text) for text in texts])) if texts else None
            for side, texts in (("query", queries), ("candidate", candidates))
        },
        "duplicates": len(candidates) - len(set(candidates)),
        "near_duplicates": len(candidates) - len(set(map(comparable, candidates))),
        "wordless": sum(not has_word(text) for text in candidates),
    }


def _counts(values: Any) -> dict[str, int]:
    found, counts = np.unique(values, return_counts=True)
    return {str(value): count for value, count in zip(found.tolist(), counts.tolist(), strict=True)}
