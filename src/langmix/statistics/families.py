"""Which comparisons are corrected together: a choice to make before looking."""

from collections.abc import Collection, Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from langmix.errors import LangmixError
from langmix.statistics.cluster_sums import ALL

KEYS = ("dataset", "setting", "language", "measure", "baseline", "run")
"""What names a row of a comparison."""
HEADLINE, LANGUAGES = "headline", "languages"
"""The families of rows that no declared family holds: averages over languages, and single languages."""
Families = Mapping[str, Mapping[str, Collection[str]]]
"""By name of the family, for some of `KEYS` the values that its rows may have."""


def check_families(families: Families) -> None:
    """Refuse a declaration that cannot be meant, in one line."""
    for name, wanted in families.items():
        if name in (HEADLINE, LANGUAGES):
            raise LangmixError(f"families: '{name}' is what rows of no declared family belong to; give another name")
        if not wanted:
            raise LangmixError(f"families.{name}: is empty; give values of {', '.join(KEYS)}")
        for key, values in wanted.items():
            if key not in KEYS:
                raise LangmixError(f"families.{name}: '{key}' is not one of {', '.join(KEYS)}")
            if isinstance(values, str) or not values:
                raise LangmixError(f"families.{name}.{key} is {values!r}: give a list of values")


def family_of(rows: pd.DataFrame, families: Families) -> npt.NDArray[np.object_]:
    """Name the family of every row: the first declared one that it matches.

    A declared family that names no language holds averages over all of them only: single languages are a breakdown to
    look into, and would make the claim harder to show.

    Args:
        rows: with columns `KEYS`.
        families: as in `Options`.

    Returns:
        Names; `[rows]`.
    """
    names = np.where(rows["language"] == ALL, HEADLINE, LANGUAGES).astype(object)
    free = np.ones(len(rows), dtype=bool)
    for name, wanted in families.items():
        inside = free.copy()
        for key, values in {"language": [ALL], **wanted}.items():
            inside &= rows[key].isin(list(values)).to_numpy()
        names[inside] = name
        free &= ~inside
    return names


def check_used(result: pd.DataFrame, families: Families) -> None:
    """Refuse a family with a value that no row has, or without a row.

    Args:
        result: all rows, with columns `KEYS` and `family`.
        families: as in `Options`.
    """
    for name, wanted in families.items():
        for key, values in wanted.items():
            if unknown := set(values) - set(result[key]):
                known = ", ".join(sorted(set(result[key])))
                raise LangmixError(f"families.{name}: no {key} '{min(unknown)}' is compared ({known} are)")
        if name not in set(result["family"]):
            raise LangmixError(f"families.{name}: holds no row that is not in a family declared before it")
