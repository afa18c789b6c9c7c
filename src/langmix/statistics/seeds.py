"""Two levels of chance: which questions were asked, and which seeds the models were trained with."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from langmix.errors import LangmixError
from langmix.statistics.cluster_sums import ClusterSums

Floats = npt.NDArray[np.float64]


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


def over_questions(data: ClusterSums, run: str, baseline: str) -> Uncertainty:
    """Uncertainty of a difference between these very models: only the questions are a sample."""
    error = data.standard_error(data.difference(run, baseline))
    return Uncertainty(error, np.maximum(data.clusters - 1, 1).astype(np.float64))


def over_questions_and_seeds(
    data: ClusterSums, run: str, baseline: str, deterministic: Collection[str] = ()
) -> Uncertainty:
    """Uncertainty of a difference between two ways of training: questions and seeds are both samples.

    Questions and seeds are crossed random factors (every model answers every question), and the seeds of the two runs
    are independent draws. With k seeds a run,

        error**2 = V_questions + V_seeds(run) + V_seeds(baseline),
        V_questions = variance over questions of the difference averaged over seeds,
        V_seeds(a)  = max(0, var_s(theta_as) / k - interaction_a),

    where the interaction of seeds with questions is taken off because it is in V_questions already (the two-way
    clustered variance of Cameron, Gelbach and Miller 2011, doi 10.1198/jbes.2010.07136). Degrees of freedom:
    Satterthwaite 1946 (doi 10.2307/3002019), sum(V)**2 / sum(V**2 / f) with f = questions - 1 or k - 1. A seed that
    is common to both runs is not used to pair them: it does not make two ways of training alike.

    The t interval is preferred to drawing seeds and questions with replacement (the pigeonhole bootstrap: Owen 2007,
    doi 10.1214/07-AOAS122) because k is small: k values drawn from k values have (k - 1) / k of their variance, and
    quantiles of resamples know nothing of k - 1 degrees of freedom. Simulated coverage of nominal 95 % intervals, 100
    questions, where seeds matter more than questions: .95 with 2, 3 and 5 seeds a run (pigeonhole .72, .79, .88; over
    questions alone .31 to .39); where seeds and questions matter alike .93 to .96; where only their interaction
    matters .96 to .98 (pigeonhole .99). With 2 seeds a run the interval is right but several times as wide as with 5.

    Args:
        data: sums of the setting.
        run: the run compared.
        baseline: the run it is compared with.
        deterministic: runs in which nothing depends on a seed (an untrained backbone); one table is enough.

    Raises:
        LangmixError: a run that depends on seeds has only one.
    """
    questions = over_questions(data, run, baseline)
    parts = [(questions.error**2, questions.freedom)]
    for arm in (run, baseline):
        if arm in deterministic:
            continue
        seeds = len(data.sums[arm])
        if seeds < 2:
            raise LangmixError(f"run '{arm}': one seed is given where two or more are needed to see how seeds vary")
        parts.append((seed_variance(data, arm), np.full_like(questions.error, seeds - 1)))
    total = np.sum([variance for variance, _ in parts], axis=0)
    spread = np.sum([variance**2 / freedom for variance, freedom in parts], axis=0)
    freedom = np.divide(total**2, spread, out=questions.freedom.copy(), where=spread > 0)
    return Uncertainty(np.sqrt(total), freedom)


def seed_variance(data: ClusterSums, run: str) -> Floats:
    """Variance of a run's mean over seeds that its seeds, and not its questions, account for; `[rows]`, >= 0."""
    seeds = len(data.sums[run])
    between: Floats = data.estimates(run).var(axis=0, ddof=1) / seeds
    influence = data.influence(data.sums[run])
    apart = ((influence - influence.mean(axis=0)) ** 2).sum(axis=(0, 1)) / (seeds - 1)
    interaction = apart * data.clusters / np.maximum(data.clusters - 1, 1) / seeds
    return np.asarray(np.maximum(between - interaction, 0.0), dtype=np.float64)
