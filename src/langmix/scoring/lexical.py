"""BM25 as a system among others: what common words alone find in a collection."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from langmix.bm25 import weights
from langmix.collection import Collection
from langmix.scoring.run_file import NOT_RETRIEVED, Run
from langmix.words import words

NAME = "bm25"
_BLOCK = 512  # queries that are scored together

_Lines = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.float64]]


def bm25(collection: Collection, depth: int) -> tuple[Run, npt.NDArray[np.int64]]:
    """Rankings of the pool, and ranks of the judgements among the candidates of their language.

    By the weights of `langmix.bm25`. The pool has one index; each language
    has one of its own for its settings, as words are rare or common within a language. What shares no word with a
    query is not found; of equal scores the candidate that comes first in the collection stands first. A query that
    finds nothing at all is given the first candidate that does not answer it.

    Args:
        collection: What is searched.
        depth: Candidates that are kept of a query.

    Returns:
        The run, and ranks ``[judgements]``, `NOT_RETRIEVED` where a candidate was not found.

    Raises:
        LangmixError: The collection has no texts.
    """
    collection.need_texts()
    asked = [words(text) for text in collection.query_texts]
    queries, candidates, scores = _found(asked, collection.candidate_texts, depth)
    empty = np.setdiff1d(np.arange(len(asked)), queries)
    others = np.array([_wrong(collection, query) for query in empty.tolist()], np.int64)
    order = np.argsort(np.concatenate([queries, empty]), kind="stable")
    run = Run(
        NAME,
        np.concatenate([queries, empty])[order],
        np.concatenate([candidates, others])[order],
        np.concatenate([scores, np.zeros(len(empty))])[order],
    )
    in_language = np.full(len(collection.relevant), NOT_RETRIEVED)
    of = collection.candidate_languages[collection.relevant[:, 1]]
    for language in np.unique(of):
        inside = np.flatnonzero(collection.candidate_languages == language)
        queries, candidates, scores = _found(asked, [collection.candidate_texts[row] for row in inside], depth)
        if len(queries):
            own = Run(NAME, queries, inside[candidates], scores)
            in_language[of == language] = own.ranks(collection)[of == language]
    return run, in_language


def _found(asked: Sequence[Sequence[str]], searched: Sequence[str], depth: int) -> _Lines:
    """Queries, candidates and scores, best first."""
    from scipy.sparse import csc_matrix

    vocabulary, kept = weights(searched)
    if not vocabulary:
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0)
    matrix = csc_matrix(
        (kept["data"], kept["indices"], kept["indptr"]), shape=(len(searched), len(vocabulary)), copy=False
    ).T.tocsr()  # [words, candidates]
    lines: list[_Lines] = []
    for start in range(0, len(asked), _BLOCK):
        block = [[vocabulary[word] for word in text if word in vocabulary] for text in asked[start : start + _BLOCK]]
        columns = np.array([word for text in block for word in text], np.int64)
        starts = np.cumsum([0, *map(len, block)])
        counts = csc_matrix((np.ones(len(columns)), columns, starts), shape=(len(vocabulary), len(block))).T
        found = (counts @ matrix).tocsr()  # a word that a query repeats counts each time
        rows = np.repeat(np.arange(len(block)), np.diff(found.indptr))
        order = np.lexsort((found.indices, -found.data, rows))
        order = order[found.data[order] > 0]
        first = np.arange(len(order)) - np.searchsorted(rows[order], rows[order]) < depth
        chosen = order[first]
        lines.append((start + rows[chosen], found.indices[chosen].astype(np.int64), found.data[chosen]))
    queries, candidates, scores = (np.concatenate(parts) for parts in zip(*lines, strict=True))
    return queries, candidates, scores


def _wrong(collection: Collection, query: int) -> int:
    """The first candidate that does not answer a query; the first of all where every one does."""
    judged = collection.relevant[collection.relevant[:, 0] == query, 1]
    wrong = np.flatnonzero(~np.isin(np.arange(len(judged) + 1), judged))
    return int(wrong[0]) if wrong[0] < len(collection.candidate_ids) else 0
