"""p-values and simultaneous intervals from the largest statistic of a family."""

import numpy as np
import numpy.typing as npt
from scipy import stats

Floats = npt.NDArray[np.float64]


def allowed(alpha: float, resamples: int) -> int:
    """Resamples that may reach an observed statistic while its p-value is still at most alpha; below 0: none may."""
    return int(np.floor(alpha * (resamples + 1) + 1e-9)) - 1


def p_values(observed: Floats, reference: Floats) -> Floats:
    """Single-step p-values, p = (1 + #{reference >= |observed|}) / (1 + B); `[rows]`.

    With the reference max_k |t*_k|, the largest statistic in each of B resamples, this is the single-step max-t
    adjustment of Westfall and Young (Resampling-Based Multiple Testing, 1993, section 2.5; Romano and Wolf 2005,
    doi 10.1198/016214504000000539): the chance of one or more false claims in the family is at most alpha. Unlike
    Holm's correction it takes from the draw how much the rows depend on each other: a row that is there twice costs
    nothing. The 1 in both places keeps p above 0 (Phipson and Smyth 2010, doi 10.2202/1544-6115.1585).

    Args:
        observed: statistics; `[rows]`.
        reference: of the resamples; `[B]`, or `[B, rows]` for a reference of each row's own (pointwise p-values). A NaN
            is a resample in which a row is not defined and reaches nothing.
    """
    columns = reference if reference.ndim == 2 else reference[:, None]
    if columns.shape[1] == 1:
        ordered = np.sort(columns[~np.isnan(columns[:, 0]), 0])
        hits = len(ordered) - np.searchsorted(ordered, np.abs(observed), side="left")
    else:
        hits = (columns >= np.abs(observed)).sum(axis=0)
    return np.asarray((1 + hits) / (1 + len(columns)), dtype=np.float64)


def critical(reference: Floats, alpha: float) -> Floats:
    """The value c for which p <= alpha exactly where |observed| > c; `[]`, or `[rows]` for `[B, rows]`.

    So the intervals D -+ c error exclude 0 exactly where the test says so, and cover all true differences of the
    family together with chance 1 - alpha (Hothorn, Bretz and Westfall 2008, doi 10.1002/bimj.200810425).
    """
    place = len(reference) - 1 - allowed(alpha, len(reference))
    known = np.where(np.isnan(reference), -1.0, reference)
    return np.asarray(np.partition(known, place, axis=0)[place], dtype=np.float64)


def to_normal(t: Floats, freedom: Floats) -> Floats:
    """Bring t statistics to one scale: the z with P(|Z| >= z) = P(|T_freedom| >= |t|); `[rows]`, >= 0.

    Statistics with few degrees of freedom are larger by chance than others. Brought to one scale first, no row sets
    the critical value for all (balance: Beran 1988, doi 10.1080/01621459.1988.10478649).
    """
    return np.asarray(np.where(np.isinf(freedom), np.abs(t), stats.norm.isf(stats.t.sf(np.abs(t), freedom))))


def from_normal(z: Floats, freedom: Floats) -> Floats:
    """Undo `to_normal`; `[rows]`."""
    return np.asarray(np.where(np.isinf(freedom), z, stats.t.isf(stats.norm.sf(z), freedom)), dtype=np.float64)
