"""Confidence intervals by resampling questions."""

from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import stats

from langmix.statistics.cluster_sums import ClusterSums

Floats = npt.NDArray[np.float64]
Method = Literal["studentised", "percentile"]
BLOCK = 256
"""Resamples held in memory at a time."""
FEWEST_CHANGED = 30
"""Fewer questions than this with a difference: too few to resample, the interval is taken from the t distribution."""


def draw_questions(clusters: int, resamples: int, seed: int = 0) -> npt.NDArray[np.uint8]:
    """How often each question is drawn in each resample, with replacement; `[resamples, clusters]`."""
    generator = np.random.default_rng([seed, 2])
    counts = np.empty((resamples, clusters), dtype=np.uint8)
    for start in range(0, resamples, BLOCK):
        size = min(BLOCK, resamples - start)
        drawn = generator.integers(0, clusters, (size, clusters)) + np.arange(size)[:, None] * clusters
        counts[start : start + size] = np.bincount(drawn.ravel(), minlength=size * clusters).reshape(size, clusters)
    return counts


def intervals(
    data: ClusterSums,
    sums: Floats,
    draws: npt.NDArray[np.uint8],
    level: float = 0.95,
    method: Method = "studentised",
) -> Floats:
    """Confidence intervals of macro means (or of their difference) over questions drawn anew.

    Whole questions are drawn with replacement: a question brings all its translations and all the corpora it was asked
    of (cluster bootstrap; Davison and Hinkley, Bootstrap Methods and their Application, 1997, chapter 2 and section
    3.8). In balanced data theta* = sum_c m_c d_c, with m_c the number of times question c was drawn. In unbalanced
    data (MLQA-R) a resample also changes how many queries every language pair has, so each cell's mean is a ratio of
    two random sums and is computed anew: theta* = sum_q w_q (sum_c m_c y_cq) / (sum_c m_c n_cq). Fixed weights would
    mistake the varying number of queries for varying quality. A resample in which a cell has no query is not used.

    `studentised` (the default): with t* = (theta* - theta) / se*, the interval is theta - se t*_(1 - a/2) to
    theta - se t*_(a/2); se* is the linearised standard error within the resample. `percentile`: quantiles of theta*.

    The studentised interval is the default because per-question differences are skewed, above all in rank distance.
    Simulated coverage of nominal 95 % intervals with 60 questions: lognormal differences .94 (percentile and BCa .91,
    t .92), many small losses and few large gains .96 (.93, .95, .93), normal .95 (.94, .94, .94); with 200 and more
    questions all of them are within .93 to .97. It fails where most questions tie, because a resample may hold no
    difference at all; below `FEWEST_CHANGED` questions with a difference, t intervals do better (.96 against .90 when
    6 of 25 questions differ) and are returned instead. With fewer than about 20 questions, trust none of them.

    Args:
        data: counts and weights.
        sums: y, or its difference between two runs; `[clusters, cells]`.
        draws: from `draw_questions`; shared by all rows of all comparisons of a dataset.
        level: nominal coverage.
        method: see above.

    Returns:
        Lower and upper ends, `[rows, 2]`.
    """
    tails = [(1 - level) / 2, (1 + level) / 2]
    influence = data.influence(sums)
    estimate = data.contributions(sums).sum(axis=0)
    error = data.standard_error(sums)
    deviations, studentised = _resample(data, sums, influence, draws)
    if method == "percentile":
        low, high = np.nanquantile(deviations, tails, axis=0)
        return np.stack([estimate + low, estimate + high], axis=1)
    low, high = np.nanquantile(studentised, tails, axis=0, method="inverted_cdf")
    ends = np.stack([estimate - high * error, estimate - low * error], axis=1)
    changed = (np.abs(data.contributions(sums)) > 0).sum(axis=0)
    few = (changed < FEWEST_CHANGED) | ~np.isfinite(ends).all(axis=1)
    reach = stats.t.ppf(tails[1], np.maximum(data.clusters - 1, 1)) * error
    plain = np.stack([estimate - reach, estimate + reach], axis=1)
    return np.where(few[:, None], plain, ends)


def _resample(
    data: ClusterSums, sums: Floats, influence: Floats, draws: npt.NDArray[np.uint8]
) -> tuple[Floats, Floats]:
    """theta* - theta and t*; both `[resamples, rows]`, NaN where a cell has no query."""
    clusters, rows = influence.shape
    ratios = sums.sum(axis=0) / data.counts.sum(axis=0)
    squares = influence**2
    correction = data.clusters / np.maximum(data.clusters - 1, 1)
    negligible = 1e-12 * np.sqrt(squares.sum(axis=0))
    deviations = np.empty((len(draws), rows))
    studentised = np.empty((len(draws), rows))
    for start in range(0, len(draws), BLOCK):
        block = slice(start, start + BLOCK)
        times = draws[block].astype(np.float64)
        linear = times @ influence
        if data.balanced:
            deviation = linear
        else:
            totals, sizes = times @ sums, times @ data.counts
            means = np.divide(totals, sizes, out=np.full_like(totals, np.nan), where=sizes > 0)
            deviation = (means - ratios) @ data.weights
        variance = (times @ squares - linear**2 / clusters) * correction
        error = np.sqrt(np.maximum(variance, 0.0))
        deviations[block] = deviation
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = deviation / error
        none = error <= negligible
        ratio[none] = np.where(np.abs(deviation) <= negligible, 0.0, np.copysign(np.inf, deviation))[none]
        studentised[block] = ratio
    return deviations, studentised
