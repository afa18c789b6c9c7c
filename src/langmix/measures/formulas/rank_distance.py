"""Rank distance: how far apart one pooled list puts the translations of one answer."""

import numpy as np
import numpy.typing as npt

from langmix.measures.asked_in import AskedIn, Value
from langmix.measures.measure import LOWER, Measure, Needs
from langmix.measures.pool import Pool
from langmix.measures.relevant_ranks import RelevantRanks


def rank_distance(lists: RelevantRanks) -> npt.NDArray[np.float64]:
    """Worst minus best rank of a list's relevant candidates; ``[lists]``, NaN where there are fewer than two.

    Language bias in a pool of several languages, where each language holds one parallel answer: 0 if they stood side
    by side (R - 1 at the least), at most the pool size - 1. Lower is better (arXiv 2408.10536, section 4.1, after
    Huang et al. 2023, doi 10.1145/3539618.3591769). It is set by the worst-ranked language and grows with the pool and
    with the number of parallel answers, so data sets cannot be compared with each other.
    """
    distance = (_worst(lists) - lists.ranks[lists.starts]).astype(np.float64)
    return np.where(lists.sizes > 1, distance, np.nan)


def rank_distance_share(lists: RelevantRanks, pool: int) -> npt.NDArray[np.float64]:
    """Rank distance as a share of the greatest possible one; ``[lists]``, from 0 to 1, NaN as for the distance.

    Share = (worst rank - best rank) / (pool - 1). Lower is better. A companion of this project's own, which takes out
    the size of the pool; the number of parallel answers still matters.

    Args:
        lists: Ranks in the pool.
        pool: Candidates in the pool, at least 2.
    """
    return rank_distance(lists) / (pool - 1)


def log_rank_range(lists: RelevantRanks) -> npt.NDArray[np.float64]:
    """How many times the rank doubles from the best to the worst relevant candidate; ``[lists]``, NaN below two.

    Range = log2(worst rank) - log2(best rank), at most log2(pool). Lower is better. A companion of this project's own:
    the distance tells ranks 1,000 and 2,000 apart as it does 1 and 1,001, though only the latter is felt by a reader;
    here the former is 1 and the latter about 10.
    """
    octaves = np.log2(_worst(lists)) - np.log2(lists.ranks[lists.starts])
    return np.where(lists.sizes > 1, octaves, np.nan)


def _worst(lists: RelevantRanks) -> npt.NDArray[np.int64]:
    return np.maximum.reduceat(lists.ranks, lists.starts)


def _share_of_pool(pool: Pool) -> npt.NDArray[np.float64]:
    """Rank distance as a share of the greatest possible one."""
    return pool.by_query(rank_distance_share(pool.answers.lists, pool.evidence.collection.pool))


def _doublings(pool: Pool) -> npt.NDArray[np.float64]:
    """How many times the rank doubles from the best to the worst relevant candidate."""
    return pool.by_query(log_rank_range(pool.answers.lists))


def _median(asked: AskedIn) -> Value:
    """Median rank distance over the queries in a language."""
    return asked.median_of_lists(rank_distance(asked.answers.lists))


_OWN = "of this project; a companion of the rank distance"

MEASURES = (
    Measure(
        "rank_distance",
        "rank dist.",
        LOWER,
        Needs.POOLED_LIST,
        rank_distance,
        source="arXiv 2408.10536, section 4.1, after Huang et al. 2023, doi 10.1145/3539618.3591769",
        digits=1,
        deep=True,
    ),
    Measure(
        "rank_distance_median",
        "median rank dist.",
        LOWER,
        Needs.QUESTIONS,
        _median,
        source=_OWN,
        digits=1,
        deep=True,
    ),
    Measure("rank_distance_share", "rank dist. / pool", LOWER, Needs.QUERY, _share_of_pool, source=_OWN, deep=True),
    Measure("log_rank_range", "log rank range", LOWER, Needs.QUERY, _doublings, source=_OWN, digits=2, deep=True),
)
