"""Whether the same languages rank first for one query after another: Friedman's test and Kendall's W."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from langmix.measures.asked_in import AskedIn, Floats, Value
from langmix.measures.measure import LOWER, NEITHER, Measure, Needs
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
    from scipy.special import chdtrc

    sizes, ws, statistics, freedoms = [], [], [], []
    for _, places in complete_blocks(answers):
        w = kendall_w(places)
        n, k = places.shape
        sizes.append(n)
        ws.append(w)
        statistics.append(n * (k - 1) * w)
        freedoms.append(k - 1)
    if not sizes:
        return Concordance(float("nan"), float("nan"), float("nan"), 0)
    return Concordance(
        w=float(np.average(ws, weights=sizes)),
        chance=len(sizes) / sum(sizes),
        p=float(chdtrc(sum(freedoms), sum(statistics))),  # the upper tail of chi-square
        queries=sum(sizes),
    )


def complete_blocks(
    answers: PooledAnswers,
) -> Iterator[tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]]:
    """Groups of two or more lists that hold answers in exactly the same languages, two or more.

    Yields:
        Indices of a group's lists, ``[n]``, and the places of its languages in each, from 1, ``[n, languages]``.
    """
    best = answers.best_by_language
    patterns, group_of = np.unique(np.isfinite(best), axis=0, return_inverse=True)
    for group, languages in enumerate(patterns):
        lists = np.flatnonzero(group_of.ravel() == group)
        if min(len(lists), int(languages.sum())) > 1:
            yield lists, _places(best[np.ix_(lists, languages)])


def kendall_w(blocks: npt.NDArray[np.float64]) -> float:
    """Kendall's W of complete blocks without ties, ``[blocks, treatments]``, at least two of each."""
    return float(w_of_totals(_places(blocks).sum(axis=0), len(blocks)))


def _places(blocks: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Places within each row, from 1; values of a row differ."""
    return (np.argsort(np.argsort(blocks, axis=1), axis=1) + 1).astype(np.float64)


def w_of_totals(totals: npt.NDArray[np.float64], blocks: int | npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Kendall's W from the sum of each treatment's places.

    Args:
        totals: ``[..., treatments]``.
        blocks: Number of blocks, ``[...]``; NaN where it is 0.
    """
    n, k = np.asarray(blocks, dtype=np.float64), totals.shape[-1]
    squares = ((totals - n[..., None] * (k + 1) / 2) ** 2).sum(axis=-1)
    w: npt.NDArray[np.float64] = np.divide(12 * squares, n**2 * (k**3 - k), out=np.full(n.shape, np.nan), where=n > 0)
    return w


def _w(asked: AskedIn) -> Value:
    """Kendall's W of the languages' places over the queries in a language."""
    agreement = _agreement(asked)
    return lambda weights: agreement(weights)[0]


def _w_by_chance(asked: AskedIn) -> Value:
    """Kendall's W that is expected if every order of the languages is equally likely."""
    agreement = _agreement(asked)
    return lambda weights: agreement(weights)[1]


@lru_cache(maxsize=1)  # both follow from it
def _agreement(asked: AskedIn) -> Callable[[Floats], tuple[Floats, Floats]]:
    """W and its chance level, as in `concordance`: of the groups of queries that are two or more as drawn."""
    sizes, languages, columns = [], [], [np.empty((asked.questions, 0))]
    for lists, places in complete_blocks(asked.answers):
        sizes.append(asked.by_question(np.ones((len(lists), 1)), lists))
        columns.append(asked.by_question(places, lists))
        languages.append(places.shape[1])
    of_groups, of_places = np.hstack([np.empty((asked.questions, 0)), *sizes]), np.hstack(columns)
    ends = np.cumsum(languages)

    def agreement(weights: Floats) -> tuple[Floats, Floats]:
        numbers, totals = weights @ of_groups, np.split(weights @ of_places, ends[:-1], axis=1)
        numbers[numbers < 2] = 0
        drawn = numbers.sum(axis=1)
        ws = np.zeros(numbers.shape)
        for group, languages_places in enumerate(totals[: len(ends)]):
            ws[:, group] = w_of_totals(languages_places, numbers[:, group])
        with np.errstate(invalid="ignore"):
            return (numbers * np.nan_to_num(ws)).sum(axis=1) / drawn, (numbers > 0).sum(axis=1) / drawn

    return agreement


_SOURCE = "Friedman, JASA 32, 1937; Kendall and Babington Smith, Ann. Math. Stat. 10, 1939"

MEASURES = (
    Measure("kendall_w", "Kendall's W", LOWER, Needs.QUESTIONS, _w, source=_SOURCE, deep=True),
    Measure(
        "kendall_w_chance", "Kendall's W by chance", NEITHER, Needs.QUESTIONS, _w_by_chance, source=_SOURCE, deep=True
    ),
)
