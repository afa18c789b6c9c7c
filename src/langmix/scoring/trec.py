"""Rankings and judgements as the files that trec_eval, ir_measures and ranx read.

A run has a line ``query Q0 candidate rank score tag`` per ranked candidate, judgements ``query 0 candidate grade``.
"""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyarrow import csv

from langmix.collection import Collection
from langmix.errors import LangmixError
from langmix.scoring.scores import Scoring, language_bounds, read_scores
from langmix.scoring.top import TopWriter

POOL = "pool"  # file name of the ranking of all languages together


def write_trec(collection: Collection, scoring: Scoring, depth: int, tag: str, folder: Path) -> None:
    """Write a run and its judgements for every language's candidates and for the pool of all of them.

    ``LANGUAGE.run`` holds the rankings of that language's candidates for every query that has an answer among them,
    monolingual and cross-lingual ones; ``pool.run`` those of all candidates together. ``LANGUAGE.qrels`` and
    ``pool.qrels`` hold the judgements that go with them.

    These tools order candidates by score alone, and equal scores each in its own way. So that all see the order that
    langmix ranks by, a score is written as it is unless it equals the one before it: then it is lowered to the next
    smaller float32.

    Args:
        collection: What was searched.
        scoring: How its scores come about.
        depth: Candidates per query. Measures at full depth need all of them.
        tag: Name of the system, in the last column of each run.
        folder: Where the files go; made if missing.

    Raises:
        LangmixError: An id holds white space, or the scores are wrong.
    """
    _check_ids(collection)
    bounds = language_bounds(collection)
    whole = (0, len(collection.candidate_ids))
    spans = {POOL: whole, **dict(zip(collection.languages, pairwise(bounds), strict=True))}
    writers = {name: TopWriter(collection, min(depth, stop - start)) for name, (start, stop) in spans.items()}

    def read(rows: slice, columns: slice, scores: npt.NDArray[np.float32]) -> None:
        for name, (start, stop) in spans.items():
            first, last = max(start, columns.start), min(stop, columns.stop)
            if first < last:
                inside = scores[:, first - columns.start : last - columns.start]
                writers[name].read(rows, slice(first - start, last - start), inside)

    read_scores(collection, scoring, read)
    folder.mkdir(parents=True, exist_ok=True)
    judged_queries, judged_candidates = collection.relevant.T
    grades = np.ones(len(judged_queries), np.int64) if collection.grades is None else collection.grades
    for name, (start, stop) in spans.items():
        inside = (start <= judged_candidates) & (judged_candidates < stop)
        found = writers[name].found
        asked = np.unique(judged_queries[inside])
        _write_run(collection, asked, found.candidates[asked] + start, found.scores[asked], tag, folder / f"{name}.run")
        judged = judged_queries[inside], judged_candidates[inside], grades[inside]
        _write_qrels(collection, *judged, folder / f"{name}.qrels")


def strictly_falling(scores: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Scores ``[queries, k]``, falling along each row, with each score that does not fall lowered until it does."""
    falling = scores.copy()
    for place in range(1, scores.shape[1]):
        below = np.nextafter(falling[:, place - 1], np.float32(-np.inf))
        np.minimum(falling[:, place], below, out=falling[:, place])
    return falling


def _check_ids(collection: Collection) -> None:
    for kind, ids in (("query", collection.query_ids), ("candidate", collection.candidate_ids)):
        for each in ids:
            if not each or each.split() != [each]:
                raise LangmixError(
                    f"{collection.name}: {kind} id {each!r} has white space, which run files cannot hold"
                )


def _write_run(
    collection: Collection,
    queries: npt.NDArray[np.int64],
    candidates: npt.NDArray[np.int64],
    scores: npt.NDArray[np.float32],
    tag: str,
    path: Path,
) -> None:
    depth = candidates.shape[1]
    lines = len(queries) * depth
    columns = {
        "query": _take(collection.query_ids, np.repeat(queries, depth)),
        "q0": _constant("Q0", lines),
        "candidate": _take(collection.candidate_ids, candidates.ravel()),
        "rank": pa.array(np.tile(np.arange(1, depth + 1), len(queries))),
        "score": pa.array(strictly_falling(scores).ravel()),
        "tag": _constant("_".join(tag.split()), lines),
    }
    _write(columns, path)


def _write_qrels(
    collection: Collection,
    queries: npt.NDArray[np.int64],
    candidates: npt.NDArray[np.int64],
    grades: npt.NDArray[np.int64],
    path: Path,
) -> None:
    columns = {
        "query": _take(collection.query_ids, queries),
        "iteration": pa.array(np.zeros(len(queries), np.int64)),
        "candidate": _take(collection.candidate_ids, candidates),
        "relevance": pa.array(grades),
    }
    _write(columns, path)


def _take(ids: Sequence[str], rows: npt.NDArray[np.int64]) -> pa.Array:
    return pa.array(ids, pa.large_string()).take(pa.array(rows))


def _constant(word: str, lines: int) -> pa.Array:
    return pa.repeat(pa.scalar(word, pa.large_string()), lines)


def _write(columns: dict[str, pa.Array], path: Path) -> None:
    options = csv.WriteOptions(include_header=False, delimiter=" ", quoting_style="none")
    csv.write_csv(pa.table(columns), path, options)
