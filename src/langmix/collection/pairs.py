"""Pairs of a training corpus that are not trained on, as a collection: what rates and weights are chosen by."""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from langmix.collection.collection import Candidate, Collection, Query
from langmix.corpus import ParallelCorpus
from langmix.corpus.codes import comparable
from langmix.errors import LangmixError


def pairs(
    name: str, corpus: Callable[..., ParallelCorpus], languages: Sequence[str] | None, limit: int | None
) -> Collection:
    """The validation split of a corpus as retrieval: questions ask for their passages in every language.

    A passage that stands in several pairs is one candidate, told by its text after NFKC, case folding and white space,
    and answers the questions of all of them. Queries are called LANG/ID, candidates LANG/ID by the first pair that has
    them; a question whose passage exists in no language is left out.

    Args:
        name: What metrics call the collection.
        corpus: Gives the split of a name.
        languages: Languages to take, in this order; None: all of the corpus.
        limit: So many pairs at most, the first; None: all.

    Raises:
        LangmixError: The corpus holds nothing out or lacks a language, or ``limit`` is no number of pairs.
    """
    if limit is not None and limit < 1:
        raise LangmixError(f"dataset '{name}': limit={limit} has to be a whole number from 1, or null")
    held_out = corpus(split="validation")
    if foreign := [code for code in languages or () if code not in held_out.languages]:
        have = " ".join(held_out.languages)
        raise LangmixError(f"dataset '{name}': corpus '{held_out.name}' is not in '{foreign[0]}' (has: {have})")
    rows = np.arange(len(held_out))[:limit]
    ids = held_out.ids(rows)
    queries: list[Query] = []
    candidates: list[Candidate] = []
    relevant: list[tuple[str, str]] = []
    answers: dict[str, list[str]] = {key: [] for key in ids}
    codes = tuple(languages or held_out.languages)
    for code in codes:
        first: dict[str, str] = {}
        for key, text in _texts(held_out, "passage", code, rows, ids):
            candidate = first.setdefault(comparable(text), f"{code}/{key}")
            answers[key].append(candidate)
            if candidate == f"{code}/{key}":
                candidates.append(Candidate(candidate, code, text))
    for code in codes:
        for key, text in _texts(held_out, "query", code, rows, ids):
            if answers[key]:
                queries.append(Query(f"{code}/{key}", key, code, text))
                relevant += [(f"{code}/{key}", candidate) for candidate in answers[key]]
    present = {query.language for query in queries} | {candidate.language for candidate in candidates}
    return Collection.build(name, [code for code in codes if code in present], queries, candidates, relevant)


def _texts(
    corpus: ParallelCorpus, side: str, language: str, rows: npt.NDArray[np.int64], ids: list[str]
) -> list[tuple[str, str]]:
    """Id and text of the pairs ``rows [n]`` that have a text in a language."""
    there = np.flatnonzero(corpus.exists(side, language)[rows])
    code = corpus.languages.index(language)
    texts = corpus.texts(side, rows[there], np.full(len(there), code))
    return [(ids[index], text) for index, text in zip(there, texts, strict=True)]
