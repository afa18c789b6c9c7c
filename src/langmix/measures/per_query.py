"""The per-query table: one row for every ranked list of an evaluation, from which every aggregate follows."""

import numpy as np
import pandas as pd

from langmix.benchmark import Benchmark
from langmix.measures.average_precision import average_precision
from langmix.measures.ndcg import ndcg
from langmix.measures.rank_distance import rank_distance
from langmix.measures.recall import recall
from langmix.measures.reciprocal_rank import reciprocal_rank
from langmix.measures.relevant_ranks import RelevantRanks
from langmix.measures.success import success
from langmix.retrieval.ranks import Ranks
from langmix.retrieval.trec import POOL

MEASURES = (
    "average_precision",
    "reciprocal_rank",
    "recall_at_1",
    "recall_at_10",
    "ndcg_at_10",
    "success_at_10",
    "rank_distance",
)
"""Columns that aggregates are taken of."""


def per_query(benchmark: Benchmark, ranks: Ranks) -> pd.DataFrame:
    """One row per query and corpus that holds an answer to it.

    A query is scored against a language only if that language holds one of its answers: in MLQA-R most questions have
    answers in two to four of the seven languages.

    Returns:
        Columns ``dataset``, ``setting`` (monolingual: the corpus is in the query's language; cross_lingual: in one
        other language; multilingual: all languages in one pool), ``query_language``, ``corpus_language`` (`POOL` if
        multilingual), ``query_id``, ``cluster`` (the question the query is a translation of), ``relevant`` (relevant
        candidates in the corpus), ``average_precision``, ``recall_at_1``, ``recall_at_10``, ``ndcg_at_10``,
        ``reciprocal_rank``, ``success_at_10``, ``rank_distance`` (multilingual only, else NaN) and ``best_language``
        (language of the best-ranked relevant candidate).
    """
    query_of, candidate_of = benchmark.relevant.T
    language_of = benchmark.candidate_languages[candidate_of]
    by_language = _lists(benchmark, query_of * len(benchmark.languages) + language_of, ranks.in_language)
    same = by_language["query_language"] == by_language["corpus_language"]
    by_language["setting"] = np.where(same, "monolingual", "cross_lingual")
    pooled = _lists(benchmark, query_of, ranks.in_pool)
    pooled["setting"], pooled["corpus_language"] = "multilingual", POOL
    by_language["rank_distance"] = np.nan  # defined over languages, so only in the pool
    table = pd.concat([by_language, pooled], ignore_index=True)
    table.insert(0, "dataset", benchmark.name)
    categories = ["dataset", "setting", "query_language", "corpus_language", "best_language"]
    return table.astype(dict.fromkeys(categories, "category"))


def _lists(benchmark: Benchmark, keys: np.ndarray, ranks: np.ndarray) -> pd.DataFrame:
    lists, order = RelevantRanks.group(keys, ranks)
    query, candidate = benchmark.relevant[order[lists.starts]].T
    names = np.array(benchmark.languages, dtype=object)
    best = names[benchmark.candidate_languages[candidate]]
    return pd.DataFrame(
        {
            "setting": "",
            "query_language": names[benchmark.query_languages[query]],
            "corpus_language": best,
            "query_id": np.array(benchmark.query_ids, dtype=object)[query],
            "cluster": np.array(benchmark.query_clusters, dtype=object)[query],
            "relevant": lists.sizes,
            "average_precision": average_precision(lists),
            "recall_at_1": recall(lists, 1),
            "recall_at_10": recall(lists, 10),
            "ndcg_at_10": ndcg(lists, 10),
            "reciprocal_rank": reciprocal_rank(lists),
            "success_at_10": success(lists, 10),
            "rank_distance": rank_distance(lists),
            "best_language": best,
        }
    )
