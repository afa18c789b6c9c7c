"""Recall at a cut-off."""

import numpy as np
import numpy.typing as npt

from langmix.measures.measure import HIGHER, Measure, Needs
from langmix.measures.relevant_ranks import RelevantRanks


def recall(lists: RelevantRanks, cutoff: int) -> npt.NDArray[np.float64]:
    """Share of a list's relevant candidates among its first ``cutoff``; ``[lists]``, from 0 to 1.

    Divides by the number of relevant candidates, also where that exceeds the cut-off (trec_eval ``recall_K``): with 11
    relevant candidates, as in the pool of XQuAD-R, recall at 10 cannot pass 10/11.
    """
    return lists.mean((lists.ranks <= cutoff).astype(np.float64))


MEASURES = (
    Measure("recall_at_{k}", "R@{k}", HIGHER, Needs.LIST, recall, source="trec_eval: recall_K", depths=(1, 10, 100)),
)
