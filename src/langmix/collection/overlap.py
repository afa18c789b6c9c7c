"""Which texts of a test collection are among the texts that are trained on."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from langmix.collection.collection import Collection
from langmix.corpus import ParallelCorpus
from langmix.corpus.codes import comparable
from langmix.sentences import spans

_BLOCK = 4096  # pairs read at a time
_LEAST = 20  # characters of a sentence that is looked for inside passages: shorter ones are in many by chance

_Found = tuple[str, str, str, str]  # corpus, pair, language and text

COLUMNS = ("kind", "language", "test_id", "test_text", "corpus", "pair_id", "corpus_language", "corpus_text")

LEAKS = ("question id", "question", "candidate")
"""Kinds that say that a collection is trained on; a sentence may be shared by chance."""


@dataclass(frozen=True)
class Overlap:
    """What a corpus and a collection share.

    Attributes:
        hits: One row per text of the collection and kind, with `COLUMNS`: the first pair of the corpus that has it.
        compared: How many texts of the collection were looked for, by kind.
    """

    hits: pd.DataFrame
    compared: dict[str, int]

    @property
    def found(self) -> dict[str, int]:
        """How many were found, by kind."""
        return {kind: int((self.hits["kind"] == kind).sum()) for kind in self.compared}


def overlap(corpus: ParallelCorpus, collection: Collection) -> Overlap:
    """Look for the questions and candidates of a collection in a corpus, in any of its languages.

    Texts are equal as they are for false negatives: after NFKC, case folding and white space. Kinds:

    * ``question id``: a question of the collection and a pair of the corpus have one id.
    * ``question``: its text is a question of the corpus.
    * ``candidate``: a candidate is a whole passage of the corpus.
    * ``sentence``: a candidate of 20 characters or more is a sentence of one of its passages.

    Paraphrases, translations and texts that differ in a letter are not found.

    Args:
        corpus: What is trained on.
        collection: What is evaluated on.
    """
    collection.need_texts()
    wanted = {
        "question id": _first(collection.query_questions),
        "question": _first(map(comparable, collection.query_texts)),
        "candidate": _first(map(comparable, collection.candidate_texts)),
    }
    wanted["sentence"] = {text: row for text, row in wanted["candidate"].items() if len(text) >= _LEAST}
    hits: dict[tuple[str, int], _Found] = {}
    for kind, text, found in _texts(corpus):
        row = wanted[kind].get(text)
        if row is not None:
            hits.setdefault((kind, row), found)
    rows = []
    for (kind, row), found in sorted(hits.items()):
        asked = kind.startswith("question")
        ids = collection.query_ids if asked else collection.candidate_ids
        texts = collection.query_texts if asked else collection.candidate_texts
        codes = collection.query_languages if asked else collection.candidate_languages
        rows.append((kind, collection.languages[codes[row]], ids[row], texts[row], *found))
    return Overlap(pd.DataFrame(rows, columns=list(COLUMNS)), {kind: len(each) for kind, each in wanted.items()})


def _first(texts: Iterable[str]) -> dict[str, int]:
    """The row in which each text comes first."""
    rows: dict[str, int] = {}
    for row, text in enumerate(texts):
        rows.setdefault(text, row)
    return rows


def _texts(corpus: ParallelCorpus) -> Iterator[tuple[str, str, _Found]]:
    """Everything that may be found: its kind, what is compared, and where it is."""
    for part, every in corpus.parts.items():
        blocks = [np.arange(start, min(start + _BLOCK, every.stop)) for start in range(every.start, every.stop, _BLOCK)]
        for rows in blocks:
            for key in corpus.ids(rows):
                yield "question id", key, (part, key, "", "")
        for code, language in enumerate(corpus.languages):
            for side in ("query", "passage"):
                there = corpus.exists(side, language)
                for rows in blocks:
                    present = rows[there[rows]]
                    texts = corpus.texts(side, present, np.full(len(present), code))
                    places = [(part, key, language, text) for key, text in zip(corpus.ids(present), texts, strict=True)]
                    yield from _questions(places) if side == "query" else _passages(places)


def _questions(places: Iterable[_Found]) -> Iterator[tuple[str, str, _Found]]:
    for place in places:
        yield "question", comparable(place[-1]), place


def _passages(places: Iterable[_Found]) -> Iterator[tuple[str, str, _Found]]:
    before = ""
    for place in places:
        text = place[-1]
        if text != before:  # questions about one paragraph stand together
            before = text
            yield "candidate", comparable(text), place
            for start, end in spans(text):
                yield "sentence", comparable(text[start:end]), place
