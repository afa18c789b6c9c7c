"""Means over the per-query table: by language pair, by query language, and one figure per setting."""

import math

import pandas as pd

from langmix.measures.measure import Needs
from langmix.measures.registry import columns, measure

_OF_LISTS = (Needs.LIST, Needs.POOLED_LIST)  # what is averaged by setting; the rest is in `bias_table`


def by_pair(table: pd.DataFrame) -> pd.DataFrame:
    """Mean over queries for every (setting, query language, candidate language), with the number of ``queries``.

    Of the measures only those the table holds: one written before a measure existed still has its other means.
    """
    keys = ["setting", "query_language", "candidate_language"]
    names = _means_of(table)
    grouped = table.groupby(keys, observed=True)
    means = grouped[list(names)].mean().rename(columns=names)
    means.insert(0, "queries", grouped.size())
    return means.reset_index().astype(dict.fromkeys(keys, "string"))


def by_language(pairs: pd.DataFrame) -> pd.DataFrame:
    """Mean over candidate languages for every (setting, query language): the rows of the paper's Tables 3 to 8."""
    return pairs.groupby(["setting", "query_language"])[_means_in(pairs)].mean().reset_index()


def metrics(dataset: str, pairs: pd.DataFrame) -> dict[str, float]:
    """One figure per setting and measure, named ``dataset/setting/measure``.

    Macro means: every language pair counts the same (every query language in the pool), however many queries it has,
    as in arXiv 2408.10536.
    """
    return _named(dataset, pairs.groupby("setting")[_means_in(pairs)].mean(), "")


def micro(dataset: str, table: pd.DataFrame) -> dict[str, float]:
    """One figure per setting and measure, named ``dataset/setting/measure_micro``, straight from the per-query table.

    Micro means: every ranked list counts the same, so that language pairs count by their number of queries. Equal to
    the macro means of `metrics` where all pairs have as many queries (XQuAD-R), and not where they differ (MLQA-R).
    """
    names = _means_of(table)
    return _named(dataset, table.groupby("setting", observed=True)[list(names)].mean().rename(columns=names), "_micro")


def _means_of(table: pd.DataFrame) -> dict[str, str]:
    """Columns of measures of one list that a per-query table holds, and what their means are called."""
    return {name: measure(name).metric for name in columns(*_OF_LISTS, top=0) if name in table}


def _means_in(pairs: pd.DataFrame) -> list[str]:
    keys = {"setting", "query_language", "candidate_language", "queries"}
    return [str(column) for column in pairs if column not in keys]


def _named(dataset: str, means: pd.DataFrame, suffix: str) -> dict[str, float]:
    """The means by setting as flat figures; what is not defined in a setting is left out."""
    named = {
        f"{dataset}/{setting}/{name}{suffix}": value
        for name, column in means.items()
        for setting, value in zip(means.index, column.tolist(), strict=True)
    }
    return {name: value for name, value in named.items() if not math.isnan(value)}
