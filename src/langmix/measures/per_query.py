"""The per-query table: one row for every ranked list of an evaluation, from which every aggregate follows."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from langmix.measures.evidence import Evidence
from langmix.measures.measure import Needs
from langmix.measures.pool import Pool
from langmix.measures.registry import needing
from langmix.measures.relevant_ranks import RelevantRanks
from langmix.scoring.trec import POOL

PER_QUERY = "per_query.parquet"
"""File of a cell that holds the table."""


def per_query(evidence: Evidence) -> pd.DataFrame:
    """One row per query and corpus that holds an answer to it.

    A query is scored against a language only if that language holds one of its answers: in MLQA-R most questions have
    answers in two to four of the seven languages.

    Returns:
        Columns ``dataset``, ``setting`` (monolingual: the corpus is in the query's language; cross_lingual: in one
        other language; multilingual: all languages in one pool), ``query_language``, ``candidate_language`` (`POOL` if
        multilingual), ``query_id``, ``question`` (that the query is a translation of), ``paragraph`` and
        ``article`` of the question (empty where there are none), ``relevant`` (relevant candidates in the corpus), the
        measures of one list, then those of the pool, NaN in other settings, all as the registry has them; and
        ``best_language`` (language of the best-ranked relevant candidate).
    """
    query_of, candidate_of = evidence.relevant.T
    language_of = evidence.candidate_languages[candidate_of]
    pool = len(evidence.languages)
    of_pairs, by_language = _lists(evidence, query_of * pool + language_of, evidence.ranks.in_language)
    corpus = by_language["best_language"]
    same = evidence.query_languages[by_language["query"]] == corpus
    by_language |= {"candidate_language": corpus, "setting": np.where(same, 0, 1)}
    of_pool, pooled = _lists(evidence, query_of, evidence.ranks.in_pool)
    pooled |= {"candidate_language": np.full(len(of_pool.starts), pool), "setting": np.full(len(of_pool.starts), 2)}
    columns = {name: np.concatenate([by_language[name], pooled[name]]) for name in by_language}
    undefined = np.full(len(of_pairs.starts), np.nan)  # over languages, so only in the pool
    for name, values in _only_pooled(evidence, of_pool, pooled["query"]):
        columns[name] = np.concatenate([undefined, values])
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
) -> tuple[RelevantRanks, dict[str, npt.NDArray[Any]]]:
    """One ranked list per distinct key, in ascending order of the keys, and their columns; texts as indices."""
    lists, order = RelevantRanks.group(keys, ranks, evidence.grades)
    query, candidate = evidence.relevant[order[lists.starts]].T
    columns = {"query": query, "relevant": lists.sizes}
    for measure in needing(Needs.LIST, cut=evidence.cut):
        columns |= {name: measure.function(lists, *depth) for name, depth in measure.at(evidence.top.k)}
    return lists, {**columns, "best_language": evidence.candidate_languages[candidate]}


def _only_pooled(
    evidence: Evidence, lists: RelevantRanks, query: npt.NDArray[np.int64]
) -> Iterator[tuple[str, npt.NDArray[np.float64]]]:
    """Measures that are defined in the pool only, for each of its lists, ``[lists]``."""
    for measure in needing(Needs.POOLED_LIST, cut=evidence.cut):
        for name, depth in measure.at(evidence.top.k):
            yield name, measure.function(lists, *depth)
    pool = Pool(evidence)
    for measure in needing(Needs.QUERY, cut=evidence.cut):
        for name, depth in measure.at(evidence.top.k):
            yield name, measure.function(pool, *depth)[query]


def _category(names: Sequence[str], codes: npt.NDArray[np.int64]) -> "pd.Categorical[str]":
    """The texts ``names[codes]`` ``[rows]``, with those that occur as categories, sorted."""
    present: list[int] = np.flatnonzero(np.bincount(codes, minlength=len(names))).tolist()
    kept = sorted(present, key=lambda code: names[code])
    code_of = np.full(len(names), -1)
    code_of[kept] = np.arange(len(kept))
    return pd.Categorical.from_codes(code_of[codes], categories=pd.Index([names[code] for code in kept]))
