"""Average precision."""

import numpy as np
import numpy.typing as npt

from langmix.measures.relevant_ranks import RelevantRanks


def average_precision(lists: RelevantRanks) -> npt.NDArray[np.float64]:
    """Mean, over a list's relevant candidates, of the precision at their ranks; ``[lists]``, from 0 to 1.

    AP = (1/R) * sum over relevant i = 1..R of i / rank_i, over the full list (trec_eval ``map``). With one relevant
    candidate it is the reciprocal rank.
    """
    return lists.mean(lists.positions / lists.ranks)
