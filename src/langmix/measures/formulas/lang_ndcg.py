"""Normalised discounted cumulative gain with a larger gain in the query's own language."""

import numpy as np
import numpy.typing as npt

from langmix.errors import LangmixError
from langmix.measures.formulas.ndcg import discount
from langmix.measures.measure import NEITHER, Measure, Needs
from langmix.measures.pool import Pool
from langmix.measures.pooled_answers import PooledAnswers


def lang_ndcg(answers: PooledAnswers, cutoff: int | None = None, other_gain: float = 0.5) -> npt.NDArray[np.float64]:
    """Compute nDCG with gain 1 for an answer in the query's language, ``other_gain`` for one in another; ``[lists]``.

    Lang-nDCG@k = DCG@k / ideal DCG@k, DCG@k = sum over relevant with rank <= k of gain / log2(1 + rank); the ideal
    list has the answers in the query's language first, then the others. From 0 to 1; higher is better where the
    reader's language is wanted, and neither where retrieval is to be language-agnostic.

    MLAIRE (arXiv 2605.07249) proposes a measure of this name, by its abstract an nDCG that is aware of the language.
    Its gains were not read: **the gains here are this project's own**, and figures must not be set beside MLAIRE's.
    With ``other_gain`` 1 this is `ndcg`; with 0 it is the nDCG of the query-language answers alone. A query without an
    answer in its language is measured on the others, so that the gain cancels out (NaN with ``other_gain`` 0).

    Args:
        answers: Pooled ranks.
        cutoff: k; the full list without it.
        other_gain: Gain of a relevant candidate in another language, from 0 to 1.

    Raises:
        LangmixError: ``other_gain`` is not from 0 to 1.
    """
    if not 0 <= other_gain <= 1:
        raise LangmixError(f"other_gain of Lang-nDCG is {other_gain}; it must be from 0 to 1")
    lists, own = answers.lists, answers.in_query_language
    own_count = np.repeat(lists.total(own.astype(np.float64)), lists.sizes)
    gained = lists.total(np.where(own, 1.0, other_gain) * discount(lists.ranks, cutoff))
    ideal = lists.total(np.where(lists.positions <= own_count, 1.0, other_gain) * discount(lists.positions, cutoff))
    share: npt.NDArray[np.float64] = np.divide(gained, ideal, out=np.full(len(ideal), np.nan), where=ideal > 0)
    return share


def _in_pool(pool: Pool, k: int) -> npt.NDArray[np.float64]:
    """NDCG with gain 1 for an answer in the query's language and .5 for one in another."""
    return pool.by_query(lang_ndcg(pool.answers, k))


MEASURES = (
    Measure(
        "lang_ndcg_at_{k}",
        "Lang-nDCG@{k}",
        NEITHER,
        Needs.QUERY,
        _in_pool,
        source="named after MLAIRE, arXiv 2605.07249; the gains are this project's own",
    ),
)
