"""Success at a cut-off."""

import numpy as np
import numpy.typing as npt

from langmix.measures.measure import HIGHER, Measure, Needs
from langmix.measures.relevant_ranks import RelevantRanks


def success(lists: RelevantRanks, cutoff: int) -> npt.NDArray[np.float64]:
    """1 where a list has a relevant candidate among its first ``cutoff``, else 0; ``[lists]``. Higher is better.

    Also called hit rate (trec_eval ``success_K``). With one relevant candidate it is the recall; with several, one of
    them is enough, in whatever language.
    """
    return (lists.ranks[lists.starts] <= cutoff).astype(np.float64)


MEASURES = (
    Measure("success_at_{k}", "S@{k}", HIGHER, Needs.LIST, success, source="trec_eval: success_K", depths=(10,)),
)
