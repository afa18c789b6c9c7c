"""Rank distance: how far apart one pooled list puts the translations of one answer."""

import numpy as np
import numpy.typing as npt

from langmix.measures.relevant_ranks import RelevantRanks


def rank_distance(lists: RelevantRanks) -> npt.NDArray[np.float64]:
    """Worst minus best rank of a list's relevant candidates; ``[lists]``, NaN where there are fewer than two.

    Language bias in a pool of several languages, where each language holds one parallel answer: 0 if they stood side
    by side (R - 1 at the least), at most the pool size - 1. Lower is better (arXiv 2408.10536, section 4.1, after
    Huang et al. 2023, doi 10.1145/3539618.3591769). It is set by the worst-ranked language and grows with the pool and
    with the number of parallel answers, so data sets cannot be compared with each other.
    """
    worst = np.maximum.reduceat(lists.ranks, lists.starts)
    distance = (worst - lists.ranks[lists.starts]).astype(np.float64)
    return np.where(lists.sizes > 1, distance, np.nan)
