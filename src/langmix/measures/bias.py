"""All figures of language bias of one evaluation, by query language."""

import math

import numpy as np
import numpy.typing as npt
import pandas as pd

from langmix.benchmark import Benchmark
from langmix.measures.concordance import concordance
from langmix.measures.first_result import KINDS, first_result
from langmix.measures.lang_ndcg import lang_ndcg
from langmix.measures.language_share import divergence, language_share, relevant_share
from langmix.measures.peer import peer
from langmix.measures.pooled_answers import PooledAnswers
from langmix.measures.rank_correlation import mean_rank_correlation
from langmix.measures.rank_distance import log_rank_range, rank_distance, rank_distance_share
from langmix.measures.same_language_first import same_language_chance, same_language_first
from langmix.measures.single_answer import same_and_other, single_answer_map
from langmix.retrieval.ranks import Ranks
from langmix.retrieval.top import Top

MACRO = "macro"  # the row of means over query languages

Values = npt.NDArray[np.float64]


def bias_table(benchmark: Benchmark, ranks: Ranks, top: Top) -> pd.DataFrame:
    """Figures of language bias in the pool: one row per query language, and their mean in the row `MACRO`.

    Columns (k is the depth of ``top``; NaN where a figure is not defined; the arrow is the better direction, if any):

    - ``multilingual/rank_distance_median`` ↓, ``rank_distance_share`` ↓ (of the pool), ``log_rank_range`` ↓ (doublings)
    - ``multilingual/same_language_first`` and ``same_language_chance``, what a language-blind system has
    - ``multilingual/lang_ndcg_at_k``: gain 1 in the query's language, .5 in another
    - ``multilingual/first_`` + each of `KINDS`: what stands at rank 1, four shares that sum to 1
    - ``multilingual/topk_same_language`` and ``topk_kl`` ↓ (bits): languages of the top k, the latter against those of
      the relevant candidates
    - ``multilingual/single_answer_same_language`` ↑, ``single_answer_other_language`` ↑ (mAP with the answer of one
      language in the pool) and ``single_answer_bias`` (their difference, 0 is unbiased)
    - ``multilingual/peer_relevant_at_k`` and ``peer_irrelevant_at_k``: not to be read as bias on data with one answer
      per language; see the limits of `peer`
    - ``multilingual/kendall_w`` ↓ and ``kendall_w_chance``, what a language-blind system has
    - ``multilingual/mrc_at_k`` ↑ (needs k of 2 or more; -.86 for lists of ten without a common candidate)

    Args:
        benchmark: What was ranked.
        ranks: Its ranks.
        top: Its top k, of the same scores.
    """
    answers = PooledAnswers.of(benchmark, ranks)
    columns = _of_answers(answers, top.k, len(benchmark.candidate_ids)) | _of_top(benchmark, ranks, top)
    table = pd.DataFrame(
        {f"multilingual/{name}": values for name, values in columns.items()},
        index=pd.Index(benchmark.languages, name="query_language"),
    )
    table.loc[MACRO] = table.mean()
    return table


def bias_pairs(benchmark: Benchmark, ranks: Ranks, top: Top) -> pd.DataFrame:
    """Which language favours which: one row per query language and candidate language in the pool.

    Columns ``query_language``, ``candidate_language``; ``top_share``, the language's share of the top k;
    ``relevant_share``, its share of the relevant candidates, which an unbiased top would have; ``first_share``, how
    often the best-ranked relevant candidate is in this language; and ``single_answer_map``, see `single_answer_map`
    (NaN where a query language has no answer in the other).
    """
    answers = PooledAnswers.of(benchmark, ranks)
    language, count = benchmark.query_languages, len(benchmark.languages)
    first = np.eye(count)[answers.languages[answers.lists.starts]]
    names = np.array(benchmark.languages, dtype=object)
    figures = {
        "top_share": _columns_by_language(language_share(benchmark, top), language, count),
        "relevant_share": _columns_by_language(relevant_share(benchmark), language, count),
        "first_share": _columns_by_language(first, answers.query_languages, count),
        "single_answer_map": single_answer_map(answers),
    }
    pairs = {"query_language": np.repeat(names, count), "candidate_language": np.tile(names, count)}
    return pd.DataFrame(pairs | {name: matrix.ravel() for name, matrix in figures.items()})


def bias_metrics(dataset: str, table: pd.DataFrame) -> dict[str, float]:
    """The macro means of a `bias_table`, named ``dataset/multilingual/figure``; undefined ones are left out."""
    macro = dict(zip(table.columns, table.loc[[MACRO]].to_numpy(dtype=np.float64)[0].tolist(), strict=True))
    return {f"{dataset}/{name}": value for name, value in macro.items() if not math.isnan(value)}


def _of_answers(answers: PooledAnswers, k: int, pool: int) -> dict[str, Values]:
    """What follows from the ranks of the relevant candidates, ``[languages]`` each."""
    lists, language, count = answers.lists, answers.query_languages, answers.language_count
    same, other = same_and_other(single_answer_map(answers))
    agreement = [concordance(answers.asked_in(code)) for code in range(count)]
    return {
        "rank_distance_median": _by_language(rank_distance(lists), language, count, median=True),
        "rank_distance_share": _by_language(rank_distance_share(lists, pool), language, count),
        "log_rank_range": _by_language(log_rank_range(lists), language, count),
        "same_language_first": _by_language(same_language_first(answers), language, count),
        "same_language_chance": _by_language(same_language_chance(answers), language, count),
        f"lang_ndcg_at_{k}": _by_language(lang_ndcg(answers, k), language, count),
        "single_answer_same_language": same,
        "single_answer_other_language": other,
        "single_answer_bias": same - other,
        "kendall_w": np.array([found.w for found in agreement]),
        "kendall_w_chance": np.array([found.chance for found in agreement]),
    }


def _of_top(benchmark: Benchmark, ranks: Ranks, top: Top) -> dict[str, Values]:
    """What follows from the first candidates of each list, ``[languages]`` each."""
    language, count, k = benchmark.query_languages, len(benchmark.languages), top.k
    kinds = first_result(benchmark, top)
    shares = _columns_by_language(language_share(benchmark, top), language, count)
    wanted = _columns_by_language(relevant_share(benchmark), language, count)
    figures = {f"first_{kind}": _by_language(kinds[:, column], language, count) for column, kind in enumerate(KINDS)}
    figures |= {
        f"top{k}_same_language": np.diagonal(shares),
        f"top{k}_kl": divergence(shares, wanted),
        f"peer_relevant_at_{k}": _by_language(peer(benchmark, ranks, top, 1.0), language, count),
        f"peer_irrelevant_at_{k}": _by_language(peer(benchmark, ranks, top, 0.0), language, count),
    }
    if k > 1:
        figures[f"mrc_at_{k}"] = _by_language(mean_rank_correlation(benchmark, top), language, count)
    return figures


def _by_language(values: Values, language: npt.NDArray[np.int64], count: int, *, median: bool = False) -> Values:
    """Mean or median over the queries of each language for which the value is defined, ``[languages]``."""
    grouped = pd.Series(values).groupby(language)
    figures = grouped.median() if median else grouped.mean()
    return np.asarray(figures.reindex(range(count)), dtype=np.float64)


def _columns_by_language(values: Values, language: npt.NDArray[np.int64], count: int) -> Values:
    columns = [_by_language(values[:, column], language, count) for column in range(values.shape[1])]
    return np.stack(columns, axis=1)
