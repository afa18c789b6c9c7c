"""Which passages answer which queries of a batch, so that none of them is a negative."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from langmix.corpus import ParallelCorpus
from langmix.corpus.codes import text_codes

if TYPE_CHECKING:
    from scipy.sparse import csr_array


class Codes(NamedTuple):
    """Some codes of groups and texts of each of so many queries or passages.

    Attributes:
        size: How many queries or passages.
        of: Which of them a code is of, ``[codes]``.
        codes: The codes, ``[codes]``.
    """

    size: int
    of: npt.NDArray[np.int64]
    codes: npt.NDArray[np.int64]

    @classmethod
    def joined(cls, parts: "list[Codes]") -> "Codes":
        """Those of one part after those of the other."""
        starts = np.cumsum([0, *(part.size for part in parts)]).tolist()
        of = [part.of + start for part, start in zip(parts, starts, strict=False)]
        return cls(starts[-1], np.concatenate(of), np.concatenate([part.codes for part in parts]))

    def some(self, places: npt.NDArray[np.int64]) -> "Codes":
        """Those of the queries or passages at ``places [n]``, which ascend."""
        kept = np.isin(self.of, places)
        return Codes(len(places), np.searchsorted(places, self.of[kept]), self.codes[kept])


def carried(corpus: ParallelCorpus, rows: npt.NDArray[np.int64]) -> Codes:
    """What the passage of each of ``rows [n]`` is known by: its pair's group, and its text in any language.

    The languages go together, as a translation of what answers a query answers it too.
    """
    of, texts = corpus.all_texts("passage", rows)
    own = np.arange(len(rows))
    return Codes(len(rows), np.concatenate([own, of]), np.concatenate([corpus.groups[rows], text_codes(texts)]))


def answers(corpus: ParallelCorpus, rows: npt.NDArray[np.int64], own: Codes) -> Codes:
    """What answers the query of each of ``rows [n]``.

    Passages of its pair's group; those with the text of its own passage, in any language; and those with the text of a
    passage of any pair of the corpus that asks the same question, in any language. One step and no further: pairs that
    are linked with such a pair in their turn stay negatives.

    Args:
        corpus: The corpus.
        rows: ``[n]``.
        own: What the passages of these rows are known by, see `carried`.
    """
    of, questions = corpus.all_texts("query", rows)
    which, asking = corpus.asking(text_codes(questions))
    foreign = asking != rows[of[which]]
    which, asking = which[foreign], asking[foreign]
    others, column = np.unique(asking, return_inverse=True)
    place, texts = corpus.all_texts("passage", others)
    codes, number = np.unique(text_codes(texts), return_inverse=True)
    same = (
        _incidence(of[which], column, len(rows), len(others)) @ _incidence(place, number, len(others), len(codes))
    ).tocoo()
    return Codes(len(rows), np.concatenate([own.of, same.row]), np.concatenate([own.codes, codes[same.col]]))


def meeting(queries: Codes, passages: Codes) -> "csr_array":
    """Codes that queries and passages have in common: sparse ``[queries, passages]``, how many."""
    known, number = np.unique(np.concatenate([queries.codes, passages.codes]), return_inverse=True)
    ours, theirs = number[: len(queries.codes)], number[len(queries.codes) :]
    has = _incidence(queries.of, ours, queries.size, len(known))
    common: csr_array = has @ _incidence(passages.of, theirs, passages.size, len(known)).T
    return common


def _incidence(of: npt.NDArray[np.int64], columns: npt.NDArray[np.intp], height: int, width: int) -> "csr_array":
    from scipy.sparse import csr_array

    found = csr_array((np.ones(len(of), np.int32), (of, columns)), shape=(height, width))
    found.data[:] = 1  # where there were several, they have been added
    return found
