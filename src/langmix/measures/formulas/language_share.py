"""Which languages the top of the list is made of, against those of the relevant candidates."""

import numpy as np
import numpy.typing as npt

from langmix.errors import LangmixError
from langmix.measures.asked_in import AskedIn, Floats, Value
from langmix.measures.evidence import Evidence
from langmix.measures.measure import LOWER, NEITHER, Measure, Needs
from langmix.measures.pool import Pool


def language_share(evidence: Evidence) -> npt.NDArray[np.float64]:
    """Share of each language among the first k candidates of each query, ``[queries, languages]``; rows sum to 1."""
    candidates = evidence.top.candidates
    queries, k = candidates.shape
    return _share(evidence, np.repeat(np.arange(queries), k), candidates.ravel())


def relevant_share(evidence: Evidence) -> npt.NDArray[np.float64]:
    """Share of each language among the relevant candidates of each query, ``[queries, languages]``.

    Rows sum to 1, or are NaN for a query without relevant candidates.
    """
    return _share(evidence, *evidence.relevant.T)


def divergence(
    share: npt.NDArray[np.float64], reference: npt.NDArray[np.float64], smoothing: float = 0.01
) -> npt.NDArray[np.float64]:
    """Kullback-Leibler divergence of ``share`` from ``reference``, in bits, over the last axis; ``[...]``.

    KL = sum over languages of s * log2(s / r), where s and r are the two distributions after smoothing: both are mixed
    with the uniform one, s = (1 - smoothing) * share + smoothing / languages. So it is finite where a language has no
    relevant candidate, exactly 0 where the two are equal, and at most log2(languages / smoothing), which depends on
    the smoothing: compare only values of one smoothing.

    Lower is better: 0 says that the top of the lists holds the languages in the proportion in which they hold answers.
    Take shares as means over many queries. A single list of 10 cannot be spread evenly over 11 languages, so that the
    divergence of one list is never 0. It does not see relevance: irrelevant candidates in the right proportion do.

    Args:
        share: Distribution over languages, ``[..., languages]``.
        reference: Distribution over the same languages, ``[..., languages]``.
        smoothing: Weight of the uniform distribution, above 0, at most 1.

    Raises:
        LangmixError: ``smoothing`` is out of range.
    """
    if not 0 < smoothing <= 1:
        raise LangmixError(f"smoothing of language shares is {smoothing}; it must be above 0 and at most 1")
    uniform = smoothing / share.shape[-1]
    smooth = (1 - smoothing) * share + uniform
    return np.asarray(np.sum(smooth * np.log2(smooth / ((1 - smoothing) * reference + uniform)), axis=-1))


def _share(
    evidence: Evidence, query_of: npt.NDArray[np.int64], candidate_of: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    shape = (len(evidence.query_ids), len(evidence.languages))
    cells = query_of * shape[1] + evidence.candidate_languages[candidate_of]
    counts = np.bincount(cells, minlength=shape[0] * shape[1]).reshape(shape).astype(np.float64)
    totals = counts.sum(axis=1, keepdims=True)
    shares: npt.NDArray[np.float64] = np.divide(counts, totals, out=np.full(shape, np.nan), where=totals > 0)
    return shares


def _same_language(pool: Pool, _k: int) -> npt.NDArray[np.float64]:
    """Share of the query's language in the top of its list."""
    evidence = pool.evidence
    return language_share(evidence)[np.arange(len(evidence.query_ids)), evidence.query_languages]


def _kl(asked: AskedIn, _k: int) -> Value:
    """Divergence of the languages of the top from those of the relevant candidates, in bits."""
    found, wanted = (asked.means_of_queries(share(asked.evidence)) for share in (language_share, relevant_share))

    def kl(weights: Floats) -> Floats:
        return divergence(found(weights), wanted(weights))

    return kl


MEASURES = (
    Measure(
        "top{k}_same_language",
        "same lang. in top {k}",
        NEITHER,
        Needs.QUERY,
        _same_language,
        source="of this project",
    ),
    Measure(
        "top{k}_kl",
        "KL of top {k}",
        LOWER,
        Needs.QUESTIONS,
        _kl,
        source="of this project: Kullback-Leibler divergence, smoothed by .01",
    ),
)
