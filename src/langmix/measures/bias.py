"""All figures of language bias of one evaluation, by query language."""

import math

import numpy as np
import numpy.typing as npt
import pandas as pd

from langmix.measures.evidence import Evidence
from langmix.measures.formulas.language_share import language_share, relevant_share
from langmix.measures.formulas.single_answer import single_answer_map
from langmix.measures.measure import Needs
from langmix.measures.over_questions import ALL, MULTILINGUAL, figures
from langmix.measures.pooled_answers import PooledAnswers
from langmix.measures.registry import columns

MACRO = "macro"  # the row of means over query languages

Values = npt.NDArray[np.float64]


def bias_table(evidence: Evidence, table: pd.DataFrame) -> pd.DataFrame:
    """Figures of language bias in the pool: one row per query language, and their mean in the row `MACRO`.

    Columns ``multilingual/`` + the means of the measures of a query in the pool, and `figures`; NaN where a figure is
    not defined.

    Args:
        evidence: What was found.
        table: Its per-query table.
    """
    pooled = table[table["setting"] == MULTILINGUAL]
    languages = pd.Index(evidence.languages, name="query_language")
    of_queries = list(columns(Needs.QUERY, top=evidence.top.k, cut=evidence.cut))
    means = pooled.groupby(pooled["query_language"].astype("str"))[of_queries].mean().reindex(languages)
    for figure in figures(evidence):
        if figure.language != ALL:
            means.loc[figure.language, figure.measure] = figure.value(np.ones((1, len(figure.questions))))[0]
    means.loc[MACRO] = means.mean()
    return means.add_prefix(f"{MULTILINGUAL}/")


def bias_pairs(evidence: Evidence) -> pd.DataFrame:
    """Which language favours which: one row per query language and candidate language in the pool.

    Columns ``query_language``, ``candidate_language``; ``top_share``, the language's share of the top k;
    ``relevant_share``, its share of the relevant candidates, which an unbiased top would have; ``first_share``, how
    often the best-ranked relevant candidate is in this language; and ``single_answer_map``, see `single_answer_map`
    (NaN where a query language has no answer in the other). The latter two need every rank, and are not there where
    rankings are cut off.
    """
    answers = PooledAnswers.of(evidence)
    language, count = evidence.query_languages, len(evidence.languages)
    names = np.array(evidence.languages, dtype=object)
    matrices = {
        "top_share": _by_language(language_share(evidence), language, count),
        "relevant_share": _by_language(relevant_share(evidence), language, count),
    }
    if not evidence.cut:
        first = np.eye(count)[answers.languages[answers.lists.starts]]
        matrices["first_share"] = _by_language(first, answers.query_languages, count)
        matrices["single_answer_map"] = single_answer_map(answers)
    pairs = {"query_language": np.repeat(names, count), "candidate_language": np.tile(names, count)}
    return pd.DataFrame(pairs | {name: matrix.ravel() for name, matrix in matrices.items()})


def bias_metrics(dataset: str, table: pd.DataFrame) -> dict[str, float]:
    """The macro means of a `bias_table`, named ``dataset/multilingual/figure``; undefined ones are left out."""
    macro = dict(zip(table.columns, table.loc[[MACRO]].to_numpy(dtype=np.float64)[0].tolist(), strict=True))
    return {f"{dataset}/{name}": value for name, value in macro.items() if not math.isnan(value)}


def _by_language(values: Values, language: npt.NDArray[np.int64], count: int) -> Values:
    """Mean of each column over the queries of each language for which it is defined, ``[languages, columns]``."""
    return pd.DataFrame(values).groupby(language).mean().reindex(range(count)).to_numpy(dtype=np.float64)
