"""A retrieval test collection over several languages."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Benchmark:
    """Queries, candidates and relevance judgements of one data set, over all its languages.

    Attributes:
        name: What metrics call the data set, e.g. ``xquad_r``.
        languages: ISO 639 codes; query and candidate languages are indices into it.
        query_ids: Unique over the data set, ``[queries]``.
        query_clusters: Question each query is a translation of, ``[queries]``: translations share it.
        query_languages: ``[queries]``, ascending: queries of one language are contiguous.
        query_texts: ``[queries]``.
        candidate_ids: Unique over the data set, ``[candidates]``.
        candidate_languages: ``[candidates]``, ascending: candidates of one language are contiguous.
        candidate_texts: ``[candidates]``.
        relevant: Pairs (query index, candidate index), ``[judgements, 2]``, sorted, unique. A query may have relevant
            candidates in some languages only.
        fingerprint: Hash of all of the above.
    """

    name: str
    languages: tuple[str, ...]
    query_ids: list[str]
    query_clusters: list[str]
    query_languages: npt.NDArray[np.int64]
    query_texts: list[str]
    candidate_ids: list[str]
    candidate_languages: npt.NDArray[np.int64]
    candidate_texts: list[str]
    relevant: npt.NDArray[np.int64]
    fingerprint: str
