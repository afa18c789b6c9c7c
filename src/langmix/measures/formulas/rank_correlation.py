"""Mean rank correlation: whether translations of one query bring up the same list."""

from itertools import combinations

import numpy as np
import numpy.typing as npt
import pandas as pd

from langmix.errors import LangmixError
from langmix.measures.evidence import Evidence
from langmix.measures.measure import HIGHER, Measure, Needs
from langmix.measures.pool import Pool

_PAIRS_PER_BLOCK = 10_000_000  # comparisons of one candidate with another


def mean_rank_correlation(evidence: Evidence) -> npt.NDArray[np.float64]:
    """MRC@k: mean correlation of each query's top k with those of its translations; ``[queries]``, from -1 to 1.

    MRC(q) = mean over queries q' of the same question in another language of `list_correlation` (q, q'). NaN for a
    query without translation. Higher is better: 1 if the language of the query makes no difference to the list.

    Spearman's correlation between the lists of a query's translations, averaged over pairs of languages and then over
    queries, is how Yang, Jiang and Baldwin (MRL 2024, arXiv 2509.06195) were described; the paper was not read, and
    what it does with candidates that are in one list only is not known. Figures may not be comparable with it.

    It looks across query languages where rank distance looks across candidate languages, and it does not see relevance:
    the same wrong list for every translation has an MRC of 1. Its value depends on k.

    Raises:
        LangmixError: The top holds fewer than two candidates per query.
    """
    top = evidence.top
    if top.k < 2:
        raise LangmixError("rank correlation needs at least the top 2 of each query")
    table = pd.DataFrame({"question": evidence.query_questions, "query": np.arange(len(evidence.query_ids))})
    by_language = [table[evidence.query_languages == code] for code in range(len(evidence.languages))]
    sums, partners = np.zeros(len(table)), np.zeros(len(table))
    for one, other in combinations(by_language, 2):
        pairs = one.merge(other, on="question")
        first, second = pairs["query_x"].to_numpy(), pairs["query_y"].to_numpy()
        found = list_correlation(top.candidates[first], top.candidates[second])
        for queries in (first, second):
            sums += np.bincount(queries, found, minlength=len(table))
            partners += np.bincount(queries, minlength=len(table))
    means: npt.NDArray[np.float64] = np.divide(sums, partners, out=np.full(len(table), np.nan), where=partners > 0)
    return means


def list_correlation(first: npt.NDArray[np.int64], second: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Spearman's correlation of pairs of top-k lists, best first, ``[pairs, k]`` each; ``[pairs]``.

    Taken over the union of the two lists. A candidate that only the other list holds stands after place k, tied with
    all such: with a of them, at the mean of the places k + 1 to k + a. Spearman's correlation is then Pearson's of
    these places. Equal lists have 1. Lists without a common candidate do not have 0 but a negative value, since what
    one has first the other has last: -1 for k = 1, -.858 for k = 10, towards -6/7 for large k.
    """
    pairs, k = first.shape
    out = np.empty(pairs)
    places = np.arange(1.0, k + 1)
    step = max(1, _PAIRS_PER_BLOCK // (k * k))
    for start in range(0, pairs, step):
        here = slice(start, start + step)
        same = first[here, :, None] == second[here, None, :]
        common = same.sum(axis=(1, 2))
        mean = (2 * k - common + 1) / 2  # of the places 1 to the size of the union
        last = k + (k - common + 1) / 2 - mean
        deviation = places - mean[:, None]
        only_first = deviation * ~same.any(axis=2)
        only_second = deviation * ~same.any(axis=1)
        joint = np.einsum("pi,pij,pj->p", deviation, same.astype(np.float64), deviation)
        product = joint + last * (only_first.sum(axis=1) + only_second.sum(axis=1))
        out[here] = product / ((deviation**2).sum(axis=1) + (k - common) * last**2)
    return out


def _in_pool(pool: Pool, _k: int) -> npt.NDArray[np.float64]:
    """Mean rank correlation of a query's top with those of its translations."""
    return mean_rank_correlation(pool.evidence)


MEASURES = (
    Measure(
        "mrc_at_{k}",
        "MRC@{k}",
        HIGHER,
        Needs.QUERY,
        _in_pool,
        source="after Yang, Jiang and Baldwin, MRL 2024, arXiv 2509.06195, as described to this project",
        least=2,
    ),
)
