"""Average precision."""

import numpy as np
import numpy.typing as npt

from langmix.measures.measure import HIGHER, Measure, Needs
from langmix.measures.relevant_ranks import RelevantRanks


def average_precision(lists: RelevantRanks, cutoff: int | None = None) -> npt.NDArray[np.float64]:
    """Mean, over a list's relevant candidates, of the precision at their ranks; ``[lists]``, from 0 to 1.

    AP = (1/R) * sum over relevant i = 1..R of i / rank_i, over the full list (trec_eval ``map``). With one relevant
    candidate it is the reciprocal rank. Higher is better.

    Args:
        lists: Ranks of the relevant candidates.
        cutoff: Relevant candidates ranked after it add nothing, but still count in R (trec_eval ``map_cut_K``).
    """
    precision = lists.positions / lists.ranks
    return lists.mean(precision if cutoff is None else np.where(lists.ranks <= cutoff, precision, 0.0))


MEASURES = (
    Measure("average_precision", "mAP", HIGHER, Needs.LIST, average_precision, source="trec_eval: map", metric="map"),
)
