"""Whether a pooled list finds the answers in all languages, not only the nearest one."""

import numpy as np
import numpy.typing as npt

from langmix.measures.measure import HIGHER, LOWER, Measure, Needs
from langmix.measures.pool import Pool
from langmix.measures.pooled_answers import PooledAnswers
from langmix.measures.relevant_ranks import RelevantRanks


def complete(lists: RelevantRanks, cutoff: int) -> npt.NDArray[np.float64]:
    """1 where all relevant candidates of a list are among its first ``cutoff``, else 0; ``[lists]``. Higher is better.

    With more relevant candidates than the cut-off it is 0 whatever the list.
    """
    return (worst_rank(lists) <= cutoff).astype(np.float64)


def worst_rank(lists: RelevantRanks) -> npt.NDArray[np.float64]:
    """Rank of a list's last relevant candidate; ``[lists]``, at least as many as there are. Lower is better."""
    return np.maximum.reduceat(lists.ranks, lists.starts).astype(np.float64)


def other_language_recall(answers: PooledAnswers, cutoff: int) -> npt.NDArray[np.float64]:
    """Share of the relevant candidates that are not in the query's language among the first ``cutoff``; ``[lists]``.

    From 0 to 1, NaN where all relevant candidates are in the query's language. Higher is better.
    """
    other = ~answers.in_query_language
    wanted = np.add.reduceat(other.astype(np.float64), answers.lists.starts)
    found = np.add.reduceat((other & (answers.lists.ranks <= cutoff)).astype(np.float64), answers.lists.starts)
    share: npt.NDArray[np.float64] = np.divide(found, wanted, out=np.full(len(wanted), np.nan), where=wanted > 0)
    return share


def _tlr(pool: Pool, k: int) -> npt.NDArray[np.float64]:
    """Share of the relevant candidates in other languages than the query's among the first k of the pool."""
    return pool.by_query(other_language_recall(pool.answers, k))


_SOURCE = "reported beside pooled nDCG by arXiv 2606.18801 and its kin; as described to this project"

MEASURES = (
    Measure("complete_at_{k}", "Complete@{k}", HIGHER, Needs.POOLED_LIST, complete, source=_SOURCE, depths=(20, 100)),
    Measure("max_rank", "Max@R", LOWER, Needs.POOLED_LIST, worst_rank, source=_SOURCE, digits=1, deep=True),
    Measure("tlr_at_{k}", "TLR@{k}", HIGHER, Needs.QUERY, _tlr, source=_SOURCE, depths=(20, 100)),
)
