"""What macro means do when questions are drawn anew."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from langmix.statistics.cluster_sums import ClusterSums

Floats = npt.NDArray[np.float64]
BLOCK = 256
"""Resamples held in memory at a time."""
FEWEST_CHANGED = 30
"""Fewer clusters than this with a difference: too few to estimate a standard error in every resample."""


@dataclass(frozen=True)
class Resampled:
    """A difference in every resample of the questions.

    Attributes:
        deviations: theta* - theta; `[resamples, rows]`, NaN where it is not defined.
        variance: of the difference over questions, as estimated in the resample, or in the data; `[resamples, rows]`,
            `[1, rows]`.
        freedom: degrees of freedom that must be allowed for beside the resamples; infinite where the variance is
            estimated anew in each; `[rows]`.
    """

    deviations: Floats
    variance: Floats
    freedom: Floats


def resample(data: ClusterSums, run: str, baseline: str, times: npt.NDArray[np.uint16]) -> Resampled:
    """Difference of macro means (each averaged over its seeds) over clusters drawn anew.

    Whole clusters are drawn with replacement: a question brings all its translations and all the corpora it was asked
    of (cluster bootstrap; Davison and Hinkley, Bootstrap Methods and their Application, 1997, chapter 2 and section
    3.8). In balanced data theta* = sum_c m_c d_c, with m_c the number of times cluster c was drawn. In unbalanced
    data (MLQA-R, paragraphs of XQuAD-R) a resample also changes how many queries there are, so each cell's mean is a
    ratio of two random sums and is computed anew: theta* = sum_q w_q (sum_c m_c y_cq) / (sum_c m_c n_cq). Fixed
    weights would mistake the varying number of queries for varying quality.

    The variance is the linearised one within the resample: t* = (theta* - theta) / se* is then a pivot, which keeps
    coverage where differences are skewed, as in rank distance (symmetric bootstrap-t: Hall 1988,
    doi 10.1214/aos/1176350933). It fails where nearly all clusters tie, because a resample may hold no difference at
    all: below `FEWEST_CHANGED` clusters with a difference the data's own variance and clusters - 1 degrees of freedom
    are used instead (6 of 25 differ: coverage .96 against .90).

    Args:
        data: sums of the clusters.
        run: the run compared.
        baseline: the run it is compared with.
        times: how often each cluster is drawn; `[resamples, clusters]`.
    """
    sums = data.difference(run, baseline)
    influence = data.influence(sums)
    clusters, rows = influence.shape
    ratios = sums.sum(axis=0) / data.counts.sum(axis=0)
    squares = influence**2
    correction = data.clusters / np.maximum(data.clusters - 1, 1)
    deviations = np.empty((len(times), rows))
    variance = np.empty((len(times), rows))
    for start in range(0, len(times), BLOCK):
        block = slice(start, start + BLOCK)
        drawn = times[block].astype(np.float64)
        linear = drawn @ influence
        if data.balanced:
            deviations[block] = linear
        else:
            totals, sizes = drawn @ sums, drawn @ data.counts
            means = np.divide(totals, sizes, out=np.full_like(totals, np.nan), where=sizes > 0)
            deviations[block] = (means - ratios) @ data.weights
        variance[block] = (drawn @ squares - linear**2 / clusters) * correction
    negligible = 1e-24 * squares.sum(axis=0)
    variance[variance <= negligible] = 0.0
    deviations[deviations**2 <= negligible] = 0.0
    freedom = np.full(rows, np.inf)
    few = (np.abs(data.contributions(sums)) > 0).sum(axis=0) < FEWEST_CHANGED
    deviations[:, few] *= np.sqrt(correction[few])
    variance[:, few] = (squares.sum(axis=0) * correction)[few]
    freedom[few] = np.maximum(data.clusters[few] - 1, 1)
    return Resampled(deviations, variance, freedom)
