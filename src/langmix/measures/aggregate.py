"""Means over the per-query table: by language pair, by query language, and one figure per setting."""

import math

import pandas as pd

from langmix.measures.per_query import MEASURES

_MEANS = ("map", *MEASURES[1:])  # the mean of average precision has a name of its own


def by_pair(table: pd.DataFrame) -> pd.DataFrame:
    """Mean over queries for every (setting, query language, corpus language), with the number of ``queries``."""
    keys = ["setting", "query_language", "corpus_language"]
    grouped = table.groupby(keys, observed=True)
    means = grouped[list(MEASURES)].mean().rename(columns={"average_precision": "map"})
    means.insert(0, "queries", grouped.size())
    return means.reset_index().astype(dict.fromkeys(keys, "string"))


def by_language(pairs: pd.DataFrame) -> pd.DataFrame:
    """Mean over corpus languages for every (setting, query language): the rows of the paper's Tables 3 to 8."""
    return pairs.groupby(["setting", "query_language"])[list(_MEANS)].mean().reset_index()


def metrics(dataset: str, pairs: pd.DataFrame) -> dict[str, float]:
    """One figure per setting and measure, named ``dataset/setting/measure``.

    Macro means: every language pair counts the same (every query language in the pool), however many queries it has,
    as in arXiv 2408.10536.
    """
    means = pairs.groupby("setting")[list(_MEANS)].mean()
    named = {f"{dataset}/{setting}/{m}": float(row[m]) for setting, row in means.iterrows() for m in _MEANS}
    return {name: value for name, value in named.items() if not math.isnan(value)}
