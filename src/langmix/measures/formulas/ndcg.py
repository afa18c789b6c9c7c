"""Normalised discounted cumulative gain."""

import numpy as np
import numpy.typing as npt

from langmix.measures.measure import HIGHER, Measure, Needs
from langmix.measures.relevant_ranks import RelevantRanks


def ndcg(lists: RelevantRanks, cutoff: int | None = None) -> npt.NDArray[np.float64]:
    """Discounted gain of a list over that of the best possible list; ``[lists]``, from 0 to 1. Higher is better.

    nDCG@k = sum over relevant with rank <= k of 1 / log2(1 + rank), divided by sum for i = 1..min(k, R) of
    1 / log2(1 + i). Gain is binary and the logarithm discounts from the second rank on, as trec_eval computes ``ndcg``
    and ``ndcg_cut_K`` from judgements 0 and 1 (the measure is due to Järvelin and Kekäläinen, ACM TOIS 20, 2002).

    Args:
        lists: Ranks of the relevant candidates.
        cutoff: k; the full list without it.
    """
    return lists.total(discount(lists.ranks, cutoff)) / lists.total(discount(lists.positions, cutoff))


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
        depths=(10,),
    ),
)
