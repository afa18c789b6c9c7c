"""What stands at rank 1: relevant or not, in the query's language or not."""

from functools import partial

import numpy as np
import numpy.typing as npt

from langmix.measures.evidence import Evidence
from langmix.measures.measure import NEITHER, Measure, Needs
from langmix.measures.pool import Pool

KINDS = (
    "relevant_same_language",
    "relevant_other_language",
    "irrelevant_same_language",
    "irrelevant_other_language",
)


def first_result(evidence: Evidence) -> npt.NDArray[np.float64]:
    """1 in the column of `KINDS` that the first candidate of each query falls in, else 0; ``[queries, 4]``.

    The means of the columns are shares that sum to 1; the first two sum to the precision at 1. The split into four is
    described in the abstract of MLAIRE (arXiv 2605.07249), whose text was not read.

    Direction: the relevant columns higher; among them neither. ``irrelevant_same_language`` is the error of a system
    that prefers a wrong text in the query's language to the right one in another: with an answer in every language, a
    language-blind system makes it no more often than the share of that language in the pool suggests.
    """
    relevant = evidence.top_relevant[:, 0]
    same = evidence.candidate_languages[evidence.top.candidates[:, 0]] == evidence.query_languages
    return np.stack([relevant & same, relevant & ~same, ~relevant & same, ~relevant & ~same], axis=1).astype(np.float64)


def _first(kind: int, pool: Pool) -> npt.NDArray[np.float64]:
    """1 where the first candidate is of this kind, else 0; the four shares sum to 1."""
    return first_result(pool.evidence)[:, kind]


MEASURES = tuple(
    Measure(
        f"first_{name}",
        f"first: {name.replace('_', ', ', 1).replace('_language', ' lang.')}",
        NEITHER,
        Needs.QUERY,
        partial(_first, kind),
        source="after the abstract of MLAIRE, arXiv 2605.07249; its text was not read",
    )
    for kind, name in enumerate(KINDS)
)
