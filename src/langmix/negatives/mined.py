"""Negatives mined from the corpus: the passages that BM25 ranks first and that do not answer the question."""

import hashlib
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from langmix.bm25 import K1, B, weights
from langmix.corpus import ParallelCorpus
from langmix.errors import LangmixError
from langmix.finished import build_once
from langmix.negatives.answers import Codes, answers, carried, meeting
from langmix.negatives.drawn import Candidates, NegativePlan, Negatives, check_number
from langmix.store import Store
from langmix.words import words

log = logging.getLogger(__name__)

LAYOUT = 2  # to be raised when the same corpus comes to have other negatives

_FILE = "negatives.arrow"
_BLOCK = 8192  # questions that are tokenised and scored together

Rows = npt.NDArray[np.int64]


def bm25(corpus: ParallelCorpus, seed: int, depth: int, count: int, language: str, store: Store) -> Negatives:
    """Draw from the passages of the corpus that BM25 finds for each pair's question; mined once and kept.

    In each language by itself: the question of a pair is asked of all different passages of the corpus, and the best
    ``depth`` are its candidates, but for those that answer it (see `answers`) and those that have no word in common
    with it. A pair without a question in a language has no candidates in it.

    Args:
        corpus: Training corpus.
        seed: Selects all random choices.
        depth: Candidates per pair and language, at most.
        count: See `Negatives`.
        language: See `Negatives`.
        store: Where what is mined is kept.

    Raises:
        LangmixError: A value is wrong.
    """
    check_number("depth", depth)
    identity = {"candidates": "bm25", "layout": LAYOUT, "depth": depth, "k1": K1, "b": B}
    key = json.dumps([corpus.fingerprint, corpus.languages, identity])
    folder = store.negatives / hashlib.sha256(key.encode()).hexdigest()[:32]
    return Negatives(_Mined(corpus, folder, identity, depth), seed, count, language, corpus.languages)


@dataclass(frozen=True)
class _Mined(Candidates):
    """Candidates as rows of the corpus: per language ``[pairs, depth]``, best first, then -1; memory-mapped."""

    corpus: ParallelCorpus
    folder: Path
    identity: Mapping[str, Any]
    depth: int

    def prepare(self) -> None:
        try:
            build_once(
                self.folder, partial(_write, self.corpus, self.depth), {"corpus": self.corpus.name, **self.identity}
            )
        except OSError as error:
            raise LangmixError(f"{self.folder}: the negatives cannot be stored ({error.strerror or error})") from error

    @cached_property
    def _found(self) -> list[npt.NDArray[np.int32]]:
        self.prepare()
        table = pa.ipc.open_file(pa.memory_map(str(self.folder / _FILE))).read_all()
        columns = [table.column(language).chunk(0) for language in self.corpus.languages]
        return [column.flatten().to_numpy().reshape(len(column), -1) for column in columns]

    def __getstate__(self) -> dict[str, Any]:
        # A process that prepares batches maps the file itself; pickling would copy it.
        return {key: value for key, value in vars(self).items() if key != "_found"}

    def counts(self, rows: Rows) -> npt.NDArray[np.int64]:
        return np.stack([np.count_nonzero(found[rows] >= 0, axis=1) for found in self._found], axis=1)

    def texts(self, chosen: NegativePlan) -> list[str]:
        return self.corpus.texts("passage", self._rows(chosen), chosen.languages)

    def codes(self, chosen: NegativePlan) -> Codes:
        return carried(self.corpus, self._rows(chosen))

    def _rows(self, chosen: NegativePlan) -> Rows:
        """Row that each of the chosen is the passage of."""
        places = zip(chosen.languages.tolist(), chosen.rows.tolist(), chosen.places.tolist(), strict=True)
        return np.array([self._found[language][row, place] for language, row, place in places], np.int64)


def _write(corpus: ParallelCorpus, depth: int, folder: Path) -> None:
    columns = {}
    for number, language in enumerate(corpus.languages):
        found = _mine(corpus, number, depth)
        log.info("%s: mined %d negatives in '%s'", corpus.name, np.count_nonzero(found >= 0), language)
        columns[language] = pa.FixedSizeListArray.from_arrays(pa.array(found.ravel()), depth)
    batch = pa.RecordBatch.from_pydict(columns)
    with pa.OSFile(str(folder / _FILE), "wb") as sink, pa.ipc.new_file(sink, batch.schema) as file:
        file.write_batch(batch)


def _mine(corpus: ParallelCorpus, language: int, depth: int) -> npt.NDArray[np.int32]:
    """Rows of the best passages of each pair in a language: ``[pairs, depth]``, best first, then -1.

    Args:
        corpus: The corpus.
        language: Index into its languages.
        depth: As above.
    """
    from langmix.negatives.best import best  # compiles, for those who mine only

    code = corpus.languages[language]
    found = np.full((len(corpus), depth), -1, np.int32)
    having = np.flatnonzero(corpus.exists("passage", code))
    passages: dict[str, int] = {}  # the different ones
    passage_of = [passages.setdefault(text, len(passages)) for text in _texts(corpus, "passage", having, language)]
    vocabulary, kept = weights(passages)
    if not vocabulary:
        return found
    first_row = having[np.unique(passage_of, return_index=True)[1]]
    known_by = carried(corpus, having)
    # A text is known by all that any pair with it is known by.
    known_by = Codes(len(passages), np.array(passage_of)[known_by.of], known_by.codes)

    index = (kept["data"], kept["indices"], kept["indptr"], kept["num_docs"])

    asking = np.flatnonzero(corpus.exists("query", code))
    for start in range(0, len(asking), _BLOCK):
        rows = asking[start : start + _BLOCK]
        questions = [words(text) for text in _texts(corpus, "query", rows, language)]
        known = [[vocabulary[word] for word in question if word in vocabulary] for question in questions]
        left_out = meeting(answers(corpus, rows, carried(corpus, rows)), known_by)
        some = np.empty((len(rows), depth), np.int32)
        best(index, *_flat(known), left_out.indices.astype(np.int64), left_out.indptr.astype(np.int64), some)
        found[rows] = np.where(some >= 0, first_row[some], -1)
    return found


def _texts(corpus: ParallelCorpus, side: str, rows: Rows, language: int) -> list[str]:
    return corpus.texts(side, rows, np.full(len(rows), language))


def _flat(lists: list[Any]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The numbers of all lists one after the other, and where each list begins ``[lists + 1]``."""
    starts = np.cumsum([0, *map(len, lists)])
    return np.fromiter(chain.from_iterable(lists), np.int64, starts[-1]), starts
