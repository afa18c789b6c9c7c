"""Whether the same languages rank first for one query after another: Friedman's test and Kendall's W."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from langmix.measures.pooled_answers import PooledAnswers


@dataclass(frozen=True)
class Concordance:
    """Agreement of queries on the order of the languages.

    Attributes:
        w: Kendall's W, from 0 (no language is systematically favoured) to 1 (every query puts the languages in the same
            order). Lower is less biased. NaN if there is no complete group of two queries.
        chance: What W is expected to be if every order is equally likely: 1 / queries for one group of queries, and
            the mean of that over several.
        p: p-value of Friedman's test of no preference, from the chi-square approximation (poor below about 10 queries).
        queries: Queries it rests on.
    """

    w: float
    chance: float
    p: float
    queries: int


def concordance(answers: PooledAnswers) -> Concordance:
    """Compare languages over queries: queries are the blocks, answer languages the treatments.

    A query ranks its answer languages by their best-ranked relevant candidate. With n queries, k languages and R_l the
    sum over queries of the place of language l,
    W = 12 * sum over l of (R_l - n * (k + 1) / 2)^2 / (n^2 * (k^3 - k)), and Friedman's statistic is n * (k - 1) * W,
    chi-square with k - 1 degrees of freedom (Friedman, JASA 32, 1937; Kendall and Babington Smith, Ann. Math. Stat. 10,
    1939; textbook formulae).

    Blocks must be complete. Queries are therefore put in groups that have answers in exactly the same languages; W is
    computed in each and averaged by number of queries, statistics and degrees of freedom are added up. Queries with one
    answer language, and groups of one query (whose W is 1 by definition), are left out. In XQuAD-R all queries are one
    group; in MLQA-R, with two to four of seven languages, there are many, and no language is compared with one it never
    meets.

    Give it the queries of one language (`PooledAnswers.asked_in`): translations of one question are not independent,
    and a preference for the query's own language is systematic only within it. It looks at the order of the answers
    alone, not at how far apart they stand: a negligible but consistent preference also has a W of 1.
    """
    best = answers.best_by_language
    patterns, group_of = np.unique(np.isfinite(best), axis=0, return_inverse=True)
    sizes, ws, statistics, freedoms = [], [], [], []
    for group, languages in enumerate(patterns):
        blocks = best[group_of.ravel() == group][:, languages]
        if min(blocks.shape) < 2:
            continue
        w = kendall_w(blocks)
        n, k = blocks.shape
        sizes.append(n)
        ws.append(w)
        statistics.append(n * (k - 1) * w)
        freedoms.append(k - 1)
    if not sizes:
        return Concordance(float("nan"), float("nan"), float("nan"), 0)
    return Concordance(
        w=float(np.average(ws, weights=sizes)),
        chance=len(sizes) / sum(sizes),
        p=float(stats.chi2.sf(sum(statistics), sum(freedoms))),
        queries=sum(sizes),
    )


def kendall_w(blocks: npt.NDArray[np.float64]) -> float:
    """Kendall's W of complete blocks without ties, ``[blocks, treatments]``, at least two of each."""
    n, k = blocks.shape
    places = stats.rankdata(blocks, axis=1).sum(axis=0)
    return float(12 * np.sum((places - n * (k + 1) / 2) ** 2) / (n**2 * (k**3 - k)))
