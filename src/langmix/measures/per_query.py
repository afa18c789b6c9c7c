"""The per-query table: one row for every ranked list of an evaluation, from which every aggregate follows."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from langmix.measures.average_precision import average_precision
from langmix.measures.bias_columns import bias_columns
from langmix.measures.evidence import Evidence
from langmix.measures.ndcg import ndcg
from langmix.measures.rank_distance import rank_distance
from langmix.measures.recall import recall
from langmix.measures.reciprocal_rank import reciprocal_rank
from langmix.measures.relevant_ranks import RelevantRanks
from langmix.measures.success import success
from langmix.scoring.trec import POOL

PER_QUERY = "per_query.parquet"
"""File of a cell that holds the table."""

MEASURES = (
    "average_precision",
    "reciprocal_rank",
    "recall_at_1",
    "recall_at_10",
    "ndcg_at_10",
    "success_at_10",
    "rank_distance",
)
"""Columns that are aggregated in every setting; those of `bias_columns` are in `bias_table`."""


def per_query(evidence: Evidence) -> pd.DataFrame:
    """One row per query and corpus that holds an answer to it.

    A query is scored against a language only if that language holds one of its answers: in MLQA-R most questions have
    answers in two to four of the seven languages.

    Returns:
        Columns ``dataset``, ``setting`` (monolingual: the corpus is in the query's language; cross_lingual: in one
        other language; multilingual: all languages in one pool), ``query_language``, ``candidate_language`` (`POOL` if
        multilingual), ``query_id``, ``question`` (that the query is a translation of), ``paragraph`` and
        ``article`` of the question (empty where there are none), ``relevant`` (relevant candidates in the corpus),
        ``average_precision``, ``recall_at_1``, ``recall_at_10``, ``ndcg_at_10``, ``reciprocal_rank``,
        ``success_at_10``; multilingual only, else NaN: ``rank_distance`` and the columns of `bias_columns`; and
        ``best_language`` (language of the best-ranked relevant candidate).
    """
    query_of, candidate_of = evidence.relevant.T
    language_of = evidence.candidate_languages[candidate_of]
    pool = len(evidence.languages)
    by_language = _lists(evidence, query_of * pool + language_of, evidence.ranks.in_language)
    corpus = by_language["best_language"]
    same = evidence.query_languages[by_language["query"]] == corpus
    by_language |= {"candidate_language": corpus, "setting": np.where(same, 0, 1)}
    by_language["rank_distance"] = np.full(len(same), np.nan)  # defined over languages, so only in the pool
    pooled = _lists(evidence, query_of, evidence.ranks.in_pool)
    lists = len(pooled["query"])
    pooled |= {"candidate_language": np.full(lists, pool), "setting": np.full(lists, 2)}
    columns = {name: np.concatenate([by_language[name], pooled[name]]) for name in by_language}
    for name, values in bias_columns(evidence).items():
        columns[name] = np.concatenate([np.full(len(same), np.nan), values[pooled["query"]]])
    query, none = columns.pop("query"), [None] * len(evidence.query_ids)
    corpora = [*evidence.languages, POOL]
    texts = {
        "dataset": _category([evidence.collection.name], np.zeros(len(query), np.int64)),
        "setting": _category(["monolingual", "cross_lingual", "multilingual"], columns.pop("setting")),
        "query_language": _category(evidence.languages, evidence.query_languages[query]),
        "candidate_language": _category(corpora, columns.pop("candidate_language")),
        "query_id": pd.array(evidence.query_ids, dtype="str").take(query),
        "question": pd.array(evidence.query_questions, dtype="str").take(query),
        "paragraph": pd.array(evidence.query_paragraphs or none, dtype="str").take(query),
        "article": pd.array(evidence.query_articles or none, dtype="str").take(query),
    }
    best = _category(evidence.languages, columns.pop("best_language"))
    return pd.DataFrame({**texts, **columns, "best_language": best}, copy=False)


def _lists(
    evidence: Evidence, keys: npt.NDArray[np.int64], ranks: npt.NDArray[np.int64]
) -> dict[str, npt.NDArray[Any]]:
    """Columns of one ranked list per distinct key, in ascending order of the keys; texts as indices."""
    lists, order = RelevantRanks.group(keys, ranks)
    query, candidate = evidence.relevant[order[lists.starts]].T
    return {
        "query": query,
        "relevant": lists.sizes,
        "average_precision": average_precision(lists),
        "recall_at_1": recall(lists, 1),
        "recall_at_10": recall(lists, 10),
        "ndcg_at_10": ndcg(lists, 10),
        "reciprocal_rank": reciprocal_rank(lists),
        "success_at_10": success(lists, 10),
        "rank_distance": rank_distance(lists),
        "best_language": evidence.candidate_languages[candidate],
    }


def _category(names: Sequence[str], codes: npt.NDArray[np.int64]) -> "pd.Categorical[str]":
    """The texts ``names[codes]`` ``[rows]``, with those that occur as categories, sorted."""
    present: list[int] = np.flatnonzero(np.bincount(codes, minlength=len(names))).tolist()
    kept = sorted(present, key=lambda code: names[code])
    code_of = np.full(len(names), -1)
    code_of[kept] = np.arange(len(kept))
    return pd.Categorical.from_codes(code_of[codes], categories=pd.Index([names[code] for code in kept]))
