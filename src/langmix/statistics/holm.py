"""Correction for asking several questions of the same data."""

from collections.abc import Hashable, Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def holm(p: Floats, families: Sequence[Hashable] | None = None) -> Floats:
    """Holm's step-down correction, within each family; `[tests]`.

    With p_(1) <= ... <= p_(m) the p-values of a family, the corrected ones are max_{j <= i} min(1, (m - j + 1) p_(j))
    (Holm 1979, Scandinavian Journal of Statistics 6, 65-70). Rejecting where they are at most alpha keeps the chance
    of one or more false rejections in the family at alpha, however the tests depend on each other; the price is power
    where they depend strongly (average precision and recall do). The family is a choice to make before looking.

    Args:
        p: p-values; NaN is not a test and stays NaN.
        families: which family each test is in; default: all in one.
    """
    corrected = np.full(len(p), np.nan)
    names = [0] * len(p) if families is None else list(families)
    for family in dict.fromkeys(names):
        members = [place for place, name in enumerate(names) if name == family and not np.isnan(p[place])]
        order = np.array(members, dtype=np.int64)[np.argsort(p[members], kind="stable")]
        steps = np.arange(len(order), 0, -1) * p[order]
        corrected[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return corrected
