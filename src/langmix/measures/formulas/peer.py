"""PEER: whether languages can be taken to have equal expected ranks within one list."""

import numpy as np
import numpy.typing as npt

from langmix.measures.evidence import Evidence
from langmix.measures.measure import NEITHER, Measure, Needs
from langmix.measures.pool import Pool


def peer(evidence: Evidence, relevant_weight: float = 1.0) -> npt.NDArray[np.float64]:
    """Probability of equal expected rank at the depth of the top, per query; ``[queries]``, from 0 to 1.

    PEER = w * p_1 + (1 - w) * p_0, with p_r the p-value of a Kruskal-Wallis test (`equal_rank_probability`) that the
    candidates of relevance level r rank alike in all languages. Level 1 are the relevant candidates: those not in the
    top k share the rank k + (u + 1) / 2, u of them being absent; if all are, p_1 is 1. Level 0 are the irrelevant
    candidates in the top k. Higher is fairer, by the test's own logic; see the limits.

    Yang, Jaenich, Mayfield and Lawrie, SIGIR 2024, arXiv 2405.00978, from their code ``hltcoe/peer_measure``, which was
    read; the paper was not. One difference: there, absent candidates share the rank N + (u + 1) / 2 with N the number
    of candidates of that level, which can lie before ranks that were reached; here they stand after the cut-off.

    Limits:

    - **Level 1 is constant where every language has one relevant candidate.** Each group then has one member, H is
      N - 1 whatever the ranking, and p_1 is .4405 with 11 languages (XQuAD-R) and .3916, .3679 or .3173 with 4, 3 or 2
      (MLQA-R). Only queries without a relevant candidate in the top k differ: they count as fair, with 1, so that the
      mean rises as retrieval gets worse.
    - **Level 0 does not see languages that are missing.** Where the irrelevant candidates of the top k are all in one
      language, p_0 is 1: the strongest bias gets the best value. Besides, the test has little power where k is small
      beside the number of languages.
    - `langmix.measures.formulas.concordance` compares languages over queries instead of within one, and has neither
      flaw.

    Args:
        evidence: Ranks, and the first k candidates of each query; k is the cut-off.
        relevant_weight: w, from 0 to 1.
    """
    top, ranks = evidence.top, evidence.ranks
    queries, k = top.candidates.shape
    query_of, candidate_of = evidence.relevant.T
    absent = ranks.in_pool > k
    after = np.bincount(query_of[absent], minlength=queries)
    level = np.where(absent, k + (after[query_of] + 1) / 2, ranks.in_pool).astype(np.float64)
    languages = evidence.candidate_languages
    p_relevant = equal_rank_probability(query_of, languages[candidate_of], level, queries)
    irrelevant = ~evidence.top_relevant
    query_at, place = np.nonzero(irrelevant)
    p_irrelevant = equal_rank_probability(
        query_at, languages[top.candidates[irrelevant]], (place + 1).astype(float), queries
    )
    return relevant_weight * p_relevant + (1 - relevant_weight) * p_irrelevant


def equal_rank_probability(
    query_of: npt.NDArray[np.int64],
    language_of: npt.NDArray[np.int64],
    ranks: npt.NDArray[np.float64],
    queries: int,
) -> npt.NDArray[np.float64]:
    """p-value of a Kruskal-Wallis test of languages, for each query; ``[queries]``.

    H = (N - 1) * sum over languages of n_l * (mean_l - mean)^2 / sum of (rank - mean)^2; p is the upper tail of
    chi-square with languages - 1 degrees of freedom. 1 where a query has fewer than two languages, or all ranks tie.

    Args:
        query_of: ``[n]``.
        language_of: ``[n]``.
        ranks: Taken as they are, not ranked anew, ``[n]``.
        queries: Number of queries.
    """
    from scipy.special import chdtrc

    if not len(query_of):
        return np.ones(queries)
    shape = (queries, int(language_of.max()) + 1)
    cells = query_of * shape[1] + language_of
    counts = np.bincount(cells, minlength=shape[0] * shape[1]).reshape(shape)
    total = counts.sum(axis=1)
    mean = np.bincount(query_of, ranks, minlength=queries) / np.maximum(total, 1)
    deviation = ranks - mean[query_of]
    by_language = np.bincount(cells, deviation, minlength=shape[0] * shape[1]).reshape(shape)
    between = (by_language**2 / np.maximum(counts, 1)).sum(axis=1)
    overall = np.bincount(query_of, deviation**2, minlength=queries)
    groups = (counts > 0).sum(axis=1)
    known = (groups > 1) & (overall > 1e-6)  # ranks that differ are at least a half apart
    p = np.ones(queries)
    p[known] = chdtrc(groups[known] - 1, (total[known] - 1) * between[known] / overall[known])
    return p


def _relevant(pool: Pool, _k: int) -> npt.NDArray[np.float64]:
    """Probability that relevant candidates rank alike in all languages."""
    return peer(pool.evidence, 1.0)


def _irrelevant(pool: Pool, _k: int) -> npt.NDArray[np.float64]:
    """Probability that irrelevant candidates of the top rank alike in all languages."""
    return peer(pool.evidence, 0.0)


_SOURCE = "Yang et al., SIGIR 2024, arXiv 2405.00978, from their code hltcoe/peer_measure"

# By their own logic higher is fairer, but they rise as retrieval gets worse or one language crowds out the others.
MEASURES = (
    Measure("peer_relevant_at_{k}", "PEER relevant@{k}", NEITHER, Needs.QUERY, _relevant, source=_SOURCE),
    Measure("peer_irrelevant_at_{k}", "PEER irrelevant@{k}", NEITHER, Needs.QUERY, _irrelevant, source=_SOURCE),
)
