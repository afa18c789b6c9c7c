"""Measures of language bias that are defined for every query by itself."""

import numpy as np
import numpy.typing as npt

from langmix.measures.evidence import Evidence
from langmix.measures.first_result import KINDS, first_result
from langmix.measures.lang_ndcg import lang_ndcg
from langmix.measures.language_share import language_share
from langmix.measures.peer import peer
from langmix.measures.pooled_answers import PooledAnswers
from langmix.measures.rank_correlation import mean_rank_correlation
from langmix.measures.rank_distance import log_rank_range, rank_distance_share
from langmix.measures.same_language_first import same_language_chance, same_language_first


def bias_columns(evidence: Evidence) -> dict[str, npt.NDArray[np.float64]]:
    """Language bias in the pool, by name; ``[queries]`` each, NaN where a measure is not defined.

    With k the depth of the top; the arrow is the better direction, if any:

    - ``rank_distance_share`` ↓ (of the pool), ``log_rank_range`` ↓ (doublings)
    - ``same_language_first`` and ``same_language_chance``, what a language-blind system has
    - ``lang_ndcg_at_k``: gain 1 in the query's language, .5 in another
    - ``first_`` + each of `KINDS`: what stands at rank 1; one of the four is 1
    - ``topk_same_language``: share of the query's language in the top k
    - ``peer_relevant_at_k`` and ``peer_irrelevant_at_k``: not to be read as bias on data with one answer per language;
      see the limits of `peer`
    - ``mrc_at_k`` ↑ (needs k of 2 or more; -.86 for lists of ten without a common candidate)
    """
    answers, k = PooledAnswers.of(evidence), evidence.top.k
    of_lists = {
        "rank_distance_share": rank_distance_share(answers.lists, evidence.collection.pool),
        "log_rank_range": log_rank_range(answers.lists),
        "same_language_first": same_language_first(answers),
        "same_language_chance": same_language_chance(answers),
        f"lang_ndcg_at_{k}": lang_ndcg(answers, k),
    }
    queries = np.arange(len(evidence.query_ids))
    columns = {name: np.full(len(queries), np.nan) for name in of_lists}
    for name, values in of_lists.items():
        columns[name][answers.queries] = values
    columns |= {f"first_{kind}": column for kind, column in zip(KINDS, first_result(evidence).T, strict=True)}
    columns |= {
        f"top{k}_same_language": language_share(evidence)[queries, evidence.query_languages],
        f"peer_relevant_at_{k}": peer(evidence, 1.0),
        f"peer_irrelevant_at_{k}": peer(evidence, 0.0),
    }
    if k > 1:
        columns[f"mrc_at_{k}"] = mean_rank_correlation(evidence)
    return columns
