"""What another system ranked, from its run file, as ranks and first candidates of a collection."""

from array import array
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from langmix.collection import Collection
from langmix.corpus.records import Records
from langmix.errors import LangmixError
from langmix.scoring.ranks import Ranks
from langmix.scoring.top import Top

NOT_RETRIEVED = 2**40
"""Rank of a relevant candidate that a run does not hold: so deep that it adds nothing to precision, recall or gain."""


@dataclass(frozen=True)
class Run:
    """A ranking of candidates for every query that it holds, best first.

    Candidates are in the order that trec_eval ranks by: by falling score, of equal scores the id that is last in the
    alphabet first; ranks in the file are not looked at.

    Attributes:
        tag: What the file calls its system.
        queries: Index of each line's query, ascending, ``[lines]``.
        candidates: Likewise its candidate, in the order of the ranking.
        scores: Likewise its score.
        places: Rank of each line among those of its query, from 1, ``[lines]``.
    """

    tag: str
    queries: npt.NDArray[np.int64]
    candidates: npt.NDArray[np.int64]
    scores: npt.NDArray[np.float64]

    @property
    def places(self) -> npt.NDArray[np.int64]:
        """Rank of each line among those of its query, from 1, ``[lines]``."""
        starts = np.searchsorted(self.queries, self.queries)
        return np.arange(len(self.queries)) - starts + 1

    def depths(self, queries: int) -> npt.NDArray[np.int64]:
        """How many candidates each of so many queries has, ``[queries]``."""
        return np.bincount(self.queries, minlength=queries)

    def ranks(self, collection: Collection) -> npt.NDArray[np.int64]:
        """Rank of each judgement of a collection, ``[judgements]``; `NOT_RETRIEVED` where it is none of the run's."""
        return _looked_up(self, collection, self.places)

    def ranks_in_language(self, collection: Collection) -> npt.NDArray[np.int64]:
        """As `ranks`, counting candidates of the relevant candidate's language alone."""
        count = len(collection.languages)
        keys = self.queries * count + collection.candidate_languages[self.candidates]
        order = np.argsort(keys, kind="stable")
        starts = np.searchsorted(keys[order], keys[order])
        places = np.empty(len(keys), np.int64)
        places[order] = np.arange(len(keys)) - starts + 1
        return _looked_up(self, collection, places)

    def top(self, collection: Collection, depth: int) -> Top:
        """The first candidates of every query.

        Args:
            collection: What was searched.
            depth: How many, no more than any query has.
        """
        first = self.places <= depth
        shape = (len(collection.query_ids), depth)
        return Top(self.candidates[first].reshape(shape), self.scores[first].reshape(shape).astype(np.float32))


def read_run(path: Path, collection: Collection) -> Run:
    """A run file, lines ``query Q0 candidate rank score tag``, of a collection's queries and candidates.

    Queries that the collection leaves out, because nothing is relevant to them, are passed over.

    Args:
        path: The file; ``.gz`` is read, too.
        collection: What was searched.

    Raises:
        LangmixError: The file is missing or damaged, holds no line, a line that is none, a candidate that the
            collection does not have, or one twice for one query.
    """
    records = Records(path, kind=".tsv")
    query_of = {name: index for index, name in enumerate(collection.query_ids)}
    candidate_of = {name: index for index, name in enumerate(collection.candidate_ids)}
    queries, candidates, scores, numbers = array("q"), array("q"), array("d"), array("q")
    tag, lines = "", 0
    for number, line in records.lines():
        match line.split():
            case []:
                continue
            case [query, _, candidate, _, text, name]:
                score, tag = _score(records.at(number), text), name
            case _:
                raise LangmixError(
                    f"{records.at(number)}not a run: needed are query, Q0, candidate, rank, score and tag"
                )
        lines += 1
        if candidate not in candidate_of:
            raise LangmixError(f"{records.at(number)}candidate '{candidate}' is none of {collection.name}'s")
        if query in query_of:
            queries.append(query_of[query])
            candidates.append(candidate_of[candidate])
            scores.append(score)
            numbers.append(number)
    if not queries:
        raise LangmixError(f"{path}: ranks nothing for any query of {collection.name} ({lines} lines)")
    return _ordered(records, tag, collection, *(np.asarray(each) for each in (queries, candidates, scores, numbers)))


def _score(where: str, text: str) -> float:
    try:
        score = float(text)
    except ValueError:
        score = np.nan
    if not np.isfinite(score):
        raise LangmixError(f"{where}score '{text}' is no number")
    return score


def _ordered(
    records: Records,
    tag: str,
    collection: Collection,
    queries: npt.NDArray[np.int64],
    candidates: npt.NDArray[np.int64],
    scores: npt.NDArray[np.float64],
    numbers: npt.NDArray[np.int64],
) -> Run:
    """The lines in the order of the ranking."""
    same = np.lexsort((numbers, candidates, queries))
    twice = np.flatnonzero((np.diff(queries[same]) == 0) & (np.diff(candidates[same]) == 0))
    if len(twice):
        line = same[twice[0] + 1]
        query, candidate = collection.query_ids[queries[line]], collection.candidate_ids[candidates[line]]
        raise LangmixError(
            f"{records.at(int(numbers[line]))}candidate '{candidate}' is there twice for query '{query}'"
        )
    alphabet = np.empty(len(collection.candidate_ids), np.int64)
    alphabet[sorted(range(len(alphabet)), key=collection.candidate_ids.__getitem__)] = np.arange(len(alphabet))
    # trec_eval keeps scores as float32, where two that differ as numbers may be one.
    order = np.lexsort((-alphabet[candidates], -scores.astype(np.float32), queries))
    return Run(tag, queries[order], candidates[order], scores[order])


def _looked_up(run: Run, collection: Collection, places: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The places of a run's lines at the judgements of a collection."""
    width = len(collection.candidate_ids)
    keys = run.queries * width + run.candidates
    order = np.argsort(keys)
    wanted = collection.relevant[:, 0] * width + collection.relevant[:, 1]
    at = np.minimum(np.searchsorted(keys, wanted, sorter=order), len(keys) - 1)
    found = order[at]
    return np.where(keys[found] == wanted, places[found], NOT_RETRIEVED)


def as_ranks(
    in_language: npt.NDArray[np.int64], in_pool: npt.NDArray[np.int64], run: Run, collection: Collection
) -> Ranks:
    """Ranks of every judgement, with those that tie with another line of their query."""
    scores = run.scores.astype(np.float32)
    equal = (np.diff(run.queries) == 0) & (np.diff(scores) == 0)
    tied = np.zeros(len(scores), bool)
    tied[1:] |= equal
    tied[:-1] |= equal
    return Ranks(in_language, in_pool, _looked_up(run, collection, tied.astype(np.int64)) == 1)
