"""Normalised discounted cumulative gain."""

import numpy as np
import numpy.typing as npt

from langmix.measures.measure import HIGHER, Measure, Needs
from langmix.measures.relevant_ranks import RelevantRanks


def ndcg(lists: RelevantRanks, cutoff: int | None = None) -> npt.NDArray[np.float64]:
    """Discounted gain of a list over that of the best possible list; ``[lists]``, from 0 to 1. Higher is better.

    nDCG@k = sum over relevant with rank <= k of grade / log2(1 + rank), divided by the same sum over the list that
    has the highest grades first. The gain is the grade itself and the logarithm discounts from the second rank on, as
    trec_eval computes ``ndcg`` and ``ndcg_cut_K`` (the measure is due to Järvelin and Kekäläinen, ACM TOIS 20, 2002).

    Args:
        lists: Ranks of the relevant candidates.
        cutoff: k; the full list without it.
    """
    found, ideal = discount(lists.ranks, cutoff), discount(lists.positions, cutoff)
    if lists.grades is not None:
        best_first = np.lexsort((-lists.grades, lists.list_of))
        found, ideal = found * lists.grades, ideal * lists.grades[best_first]
    return lists.total(found) / lists.total(ideal)


def discount(ranks: npt.NDArray[np.int64], cutoff: int | None) -> npt.NDArray[np.float64]:
    """What a gain at each rank is multiplied with: 1 / log2(1 + rank), 0 after ``cutoff``; same shape as ``ranks``."""
    weights = 1.0 / np.log2(1.0 + ranks)
    return weights if cutoff is None else np.where(ranks <= cutoff, weights, 0.0)


MEASURES = (
    Measure(
        "ndcg_at_{k}",
        "nDCG@{k}",
        HIGHER,
        Needs.LIST,
        ndcg,
        source="trec_eval: ndcg_cut_K; Järvelin and Kekäläinen, ACM TOIS 20, 2002",
        depths=(10, 20),
    ),
)
