"""Two runs at one level of clusters: how uncertain their difference is, alone and together with all others."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from langmix.statistics.bootstrap import resample
from langmix.statistics.cluster_sums import ClusterSums
from langmix.statistics.draws import Draws
from langmix.statistics.figures import ClusterFigures
from langmix.statistics.max_t import critical, from_normal, p_values, to_normal
from langmix.statistics.seeds import (
    Uncertainty,
    draw_seeds,
    over_questions,
    over_questions_and_seeds,
    seed_variance,
)

Floats = npt.NDArray[np.float64]
NOTHING = 1e-12
"""Two values closer than this share of their sum differ by rounding only."""


@dataclass(frozen=True)
class Inference:
    """A difference and its distribution.

    Attributes:
        difference: run minus baseline; `[rows]`.
        uncertainty: standard error and degrees of freedom of a t distribution.
        freedom: degrees of freedom that `reference` does not account for; `[rows]`.
        reference: |t*|, the statistics of the joint draw in absolute value; `[resamples, rows]`.
        clusters: clusters with a value; `[rows]`.
    """

    difference: Floats
    uncertainty: Uncertainty
    freedom: Floats
    reference: Floats
    clusters: npt.NDArray[np.int64]

    @property
    def statistic(self) -> Floats:
        """|difference| / error on the scale of `reference`; `[rows]`."""
        return to_normal(_ratio(self.difference, self.uncertainty.error), self.freedom)

    def p(self) -> Floats:
        """Pointwise p-values: each row as if it were the only one; `[rows]`."""
        return p_values(self.statistic, self.reference)

    def reach(self, alpha: float) -> Floats:
        """Half the length of the pointwise intervals; `[rows]`."""
        return reach(critical(self.reference, alpha), self.uncertainty.error, self.freedom)


def infer(
    data: ClusterSums | ClusterFigures,
    run: str,
    baseline: str,
    draws: Draws,
    level: str,
    deterministic: Collection[str] = (),
) -> Inference:
    """Hold a difference against the joint draw.

    With t = D / error and, in every resample, t* = (D* - D) / error*, the distribution of t* stands for that of t about
    its true value. With one table a run only questions are drawn. With several, D* also moves with the seeds of both
    runs, and error* holds `seed_variance`, which is not estimated anew (few seeds drawn again may be one seed only);
    instead t is brought to the normal scale by its degrees of freedom. Coverage: `benchmarks/interval_coverage.py`.

    Args:
        data: values at this level.
        run: the run compared.
        baseline: the run it is compared with.
        draws: the joint draw of the data set.
        level: which clusters `data` is about.
        deterministic: runs in which nothing depends on a seed.
    """
    ours, theirs = data.estimates(run), data.estimates(baseline)
    difference = ours.mean(axis=0) - theirs.mean(axis=0)
    size = np.abs(ours.mean(axis=0)) + np.abs(theirs.mean(axis=0))
    difference[np.abs(difference) <= NOTHING * size] = 0.0
    if isinstance(data, ClusterFigures):
        resampled = data.resample(run, baseline)
    else:
        resampled = resample(data, run, baseline, draws.clusters(level))
    deviations, variance, freedom = resampled.deviations, resampled.variance, resampled.freedom
    uncertainty = over_questions(data, run, baseline)
    if max(len(ours), len(theirs)) > 1:
        uncertainty = over_questions_and_seeds(data, run, baseline, deterministic)
        freedom = uncertainty.freedom
        for sign, arm in ((1, run), (-1, baseline)):
            if arm not in deterministic:
                deviations = deviations + sign * draw_seeds(data, arm, draws)
                variance = variance + seed_variance(data, arm)
    reference = _ratio(deviations, np.sqrt(variance))
    # One cluster does not vary: whatever its difference is, nothing is known of its error.
    single = data.clusters < 2
    reference[:, single] = 0.0
    uncertainty = Uncertainty(np.where(single, np.inf, uncertainty.error), uncertainty.freedom)
    return Inference(difference, uncertainty, freedom, reference, data.clusters)


def reach(c: Floats, error: Floats, freedom: Floats) -> Floats:
    """Half the length of intervals, from critical values on the normal scale; `[rows]`."""
    with np.errstate(invalid="ignore"):
        length = np.where(error > 0, from_normal(c, freedom) * error, 0.0)
    return np.asarray(np.where(np.isinf(error), np.inf, length), dtype=np.float64)


def _ratio(distance: Floats, error: Floats) -> Floats:
    """|distance| / error, 0 where there is neither."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.abs(distance) / error
    return np.asarray(np.where((distance == 0) & (error == 0), 0.0, ratio), dtype=np.float64)
