"""Precision at the number of relevant candidates."""

import numpy as np
import numpy.typing as npt

from langmix.measures.measure import HIGHER, Measure, Needs
from langmix.measures.relevant_ranks import RelevantRanks


def r_precision(lists: RelevantRanks) -> npt.NDArray[np.float64]:
    """Share of relevant candidates among the first R of a list that has R of them; ``[lists]``, from 0 to 1.

    Higher is better (trec_eval ``Rprec``). In a pool with an answer in each of 11 languages it is the share of them
    among the first 11: 1 where all of them stand before everything else, in whatever order.
    """
    return lists.mean((lists.ranks <= np.repeat(lists.sizes, lists.sizes)).astype(np.float64))


MEASURES = (Measure("r_precision", "R-prec", HIGHER, Needs.LIST, r_precision, source="trec_eval: Rprec"),)
