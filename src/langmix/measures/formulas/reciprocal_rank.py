"""Reciprocal rank."""

import numpy as np
import numpy.typing as npt

from langmix.measures.measure import HIGHER, Measure, Needs
from langmix.measures.relevant_ranks import RelevantRanks


def reciprocal_rank(lists: RelevantRanks) -> npt.NDArray[np.float64]:
    """One over the rank of a list's best relevant candidate; ``[lists]``, above 0, at most 1. Higher is better.

    RR = 1 / min rank, over the full list (trec_eval ``recip_rank``; its mean over queries is MRR). It looks at the
    first relevant candidate only: in a pool that holds an answer in every language, a system that always finds the
    answer in one language and never any other has an RR of 1.
    """
    return 1.0 / lists.ranks[lists.starts]


MEASURES = (
    Measure(
        "reciprocal_rank", "MRR", HIGHER, Needs.LIST, reciprocal_rank, source="trec_eval: recip_rank", metric="mrr"
    ),
)
