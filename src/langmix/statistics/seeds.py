"""Two levels of chance: which questions were asked, and which seeds the models were trained with."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from langmix.errors import LangmixError
from langmix.statistics.draws import Draws

Floats = npt.NDArray[np.float64]


class Estimates(Protocol):
    """Rows of a result at one level of clusters: macro means (`ClusterSums`) or figures (`ClusterFigures`)."""

    @property
    def rows(self) -> pd.DataFrame:
        """`setting`, `language` and `measure`; `[rows, 3]`."""

    @property
    def clusters(self) -> npt.NDArray[np.int64]:
        """Clusters with a value; `[rows]`."""

    def estimates(self, run: str) -> Floats:
        """Values of a run, one per seed; `[seeds, rows]`."""

    def error(self, run: str, baseline: str) -> Floats:
        """Standard error over clusters of a difference between these very models; `[rows]`."""

    def interaction(self, run: str) -> Floats:
        """Variance of a run's mean over seeds that comes from seeds doing unlike on the same cluster; `[rows]`."""


@dataclass(frozen=True)
class Uncertainty:
    """How uncertain a difference is.

    Attributes:
        error: standard error; `[rows]`.
        freedom: degrees of freedom of the t distribution that goes with it; `[rows]`.
    """

    error: Floats
    freedom: Floats

    def intervals(self, difference: Floats, level: float = 0.95) -> Floats:
        """Ends of the confidence intervals, difference -+ t_(freedom) error; `[rows, 2]`."""
        reach = stats.t.ppf((1 + level) / 2, self.freedom) * self.error
        return np.stack([difference - reach, difference + reach], axis=1)

    def p_values(self, difference: Floats) -> Floats:
        """Two-sided p-values of no difference; `[rows]`."""
        return tail(np.abs(difference), self) * 2


def tail(distance: Floats, uncertainty: Uncertainty) -> Floats:
    """P(T >= distance / error), with 1/2 where there is neither distance nor error; `[rows]`."""
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = distance / uncertainty.error
    return np.asarray(stats.t.sf(np.where(np.isnan(statistic), 0.0, statistic), uncertainty.freedom), dtype=np.float64)


def over_questions(data: Estimates, run: str, baseline: str) -> Uncertainty:
    """Uncertainty of a difference between these very models: only the questions are a sample."""
    return Uncertainty(data.error(run, baseline), np.maximum(data.clusters - 1, 1).astype(np.float64))


def over_questions_and_seeds(
    data: Estimates, run: str, baseline: str, deterministic: Collection[str] = ()
) -> Uncertainty:
    """Uncertainty of a difference between two ways of training: questions and seeds are both samples.

    Questions and seeds are crossed random factors (every model answers every question), and the seeds of the two runs
    are independent draws. With k seeds a run,

        error**2 = V_questions + V_seeds(run) + V_seeds(baseline),
        V_questions = variance over questions of the difference averaged over seeds,
        V_seeds(a)  = max(0, var_s(theta_as) / k - interaction_a),

    where the interaction of seeds with questions is taken off because it is in V_questions already (the two-way
    clustered variance of Cameron, Gelbach and Miller 2011, doi 10.1198/jbes.2010.07136). Degrees of freedom:
    Satterthwaite 1946 (doi 10.2307/3002019), sum(V)**2 / sum(V**2 / f) with f = questions - 1 or k - 1, but no more
    than the seeds of both arms leave, sum(k - 1): a few seeds may lie close together by chance, and then his formula
    takes their variance for small *and* for well known. A seed that is common to both runs is not used to pair them:
    it does not make two ways of training alike.

    Args:
        data: values of both runs.
        run: the run compared.
        baseline: the run it is compared with.
        deterministic: runs in which nothing depends on a seed (an untrained backbone); one table is enough.

    Raises:
        LangmixError: a run that depends on seeds has only one.
    """
    questions = over_questions(data, run, baseline)
    parts = [(questions.error**2, questions.freedom)]
    left = 0
    for arm in (run, baseline):
        if arm in deterministic:
            continue
        seeds = len(data.estimates(arm))
        if seeds < 2:
            raise LangmixError(f"run '{arm}': one seed is given where two or more are needed to see how seeds vary")
        parts.append((seed_variance(data, arm), np.full_like(questions.error, seeds - 1)))
        left += seeds - 1
    total = np.sum([variance for variance, _ in parts], axis=0)
    spread = np.sum([variance**2 / freedom for variance, freedom in parts], axis=0)
    freedom = np.divide(total**2, spread, out=questions.freedom.copy(), where=spread > 0)
    return Uncertainty(np.sqrt(total), np.minimum(freedom, left) if left else freedom)


def seed_variance(data: Estimates, run: str) -> Floats:
    """Variance of a run's mean over seeds that its seeds, and not its questions, account for; `[rows]`, >= 0."""
    values = data.estimates(run)
    between = values.var(axis=0, ddof=1) / len(values)
    return np.asarray(np.maximum(between - data.interaction(run), 0.0), dtype=np.float64)


def draw_seeds(data: Estimates, run: str, draws: Draws) -> Floats:
    """A run's mean over seeds in resamples of its seeds, less the mean itself; `[resamples, rows]`.

    Seeds are drawn again with normal weights instead of numbers of times (the multiplier bootstrap for maxima of many
    statistics: Chernozhukov, Chetverikov and Kato 2013, doi 10.1214/13-AOS1161): with g_s standard normal,

        S = sum_s g_s (theta_s - mean) / sqrt(k (k - 1)),

    whose variance is that of a mean over k seeds. k values drawn from k values have (k - 1) / k of it, and only three
    or ten distinct means with 2 or 3 seeds. k seeds say little about how rows vary *together*: two seeds move all of
    them in step, whatever is true. Correlations have k - 1 degrees of freedom, so the share 1 / (k - 1) of the variance
    is drawn for each row alone, which can only make the largest of them larger (Sidak 1967, doi 10.2307/2283989). Last,
    the variance is brought to `seed_variance`. A run is drawn alike in all comparisons that it is part of.
    """
    values = data.estimates(run)
    seeds = len(values)
    spread = values.std(axis=0, ddof=1)
    together = np.divide(values - values.mean(axis=0), spread, out=np.zeros_like(values), where=spread > 0)
    weights = draws.generator(draws.dataset, "seeds", run).normal(size=(draws.resamples, seeds))
    alone = 1 / (seeds - 1)
    moved = np.sqrt((1 - alone) / (seeds - 1)) * (weights @ together)
    names = data.rows[["setting", "language", "measure"]].astype(str).to_numpy().tolist()
    for row, name in enumerate(names):
        generator = draws.generator(draws.dataset, "seeds", run, *name)
        moved[:, row] += np.sqrt(alone) * generator.normal(size=draws.resamples)
    return np.asarray(moved * np.sqrt(seed_variance(data, run)), dtype=np.float64)
