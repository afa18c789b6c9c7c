"""How large a difference is, and how small a one the data could have shown."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from langmix.statistics.seeds import Uncertainty

Floats = npt.NDArray[np.float64]
TIE = 1e-9
"""A contribution below this share of the largest is a tie."""


@dataclass(frozen=True)
class Shares:
    """Shares of the questions whose value rose, fell, or stayed as it was; each `[rows]`, they sum to 1."""

    higher: Floats
    lower: Floats
    tied: Floats


def standardised(difference: Floats, over_questions: Uncertainty, clusters: npt.NDArray[np.int64]) -> Floats:
    """Paired standardised difference d_z = mean / standard deviation of the questions' differences; `[rows]`.

    From the standard error: d_z = D / (error * sqrt(questions)), which for balanced data is the textbook ratio (Cohen
    1988, section 2.3.5; Lakens 2013, doi 10.3389/fpsyg.2013.00863) and carries over to ratio means. Cohen's .2, .5
    and .8 are not yardsticks here: d_z depends on how many languages a question is averaged over. 0 where nothing
    differs, infinite where every question differs by the same amount.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        d_z = difference / (over_questions.error * np.sqrt(clusters))
    return np.where(np.isnan(d_z), 0.0, d_z)


def shares(contributions: Floats, clusters: npt.NDArray[np.int64]) -> Shares:
    """Count questions by the sign of their contribution d_c; of those with a value in the row.

    Args:
        contributions: d of the difference; `[clusters, rows]`.
        clusters: questions with a value; `[rows]`.
    """
    limit = TIE * np.abs(contributions).max(axis=0)
    higher, lower = (contributions > limit).sum(axis=0), (contributions < -limit).sum(axis=0)
    return Shares(higher / clusters, lower / clusters, (clusters - higher - lower) / clusters)


def detectable(uncertainty: Uncertainty, alpha: float = 0.05, power: float = 0.8) -> Floats:
    """Smallest true difference that a two-sided test would find with the given power; `[rows]`.

    (t_(1 - alpha/2) + t_power) * error: the minimum detectable effect of Bloom 1995 (doi 10.1177/0193841X9501900504).
    It depends on the spread of the data, not on the difference seen, so unlike "observed power" it adds something to
    the p-value: an undecided result with a small detectable difference means there is not much to find. No correction
    for several tests is in it.
    """
    quantiles = stats.t.ppf(1 - alpha / 2, uncertainty.freedom) + stats.t.ppf(power, uncertainty.freedom)
    return np.asarray(quantiles * uncertainty.error, dtype=np.float64)


MOST_SEEDS = 200
"""A number of seeds above which nobody looks."""


def seeds_for(width: float, error: float, seed_error: float, seeds: int, alpha: float = 0.05) -> float:
    """How many seeds of each of two runs bring half the length of their difference's interval to `width`.

    What does not come from seeds stays: error(n)^2 = error^2 - seed_error^2 + seed_error^2 seeds / n, and the interval
    is that of a t distribution with 2 (n - 1) degrees of freedom. It looks at the length alone, not at where the
    interval lies, so that asking it again after more seeds biases nothing.

    Args:
        width: half the length that is wanted.
        error: standard error of the difference with `seeds` seeds.
        seed_error: the part of it that comes from seeds alone.
        seeds: of each run.
        alpha: 1 - the interval's level.

    Returns:
        Infinity where no number up to `MOST_SEEDS` is enough.
    """
    numbers = np.arange(2, MOST_SEEDS + 1)
    rest = max(error**2 - seed_error**2, 0.0)
    lengths = stats.t.ppf(1 - alpha / 2, 2 * (numbers - 1)) * np.sqrt(rest + seed_error**2 * seeds / numbers)
    enough = numbers[lengths <= width]
    return float(enough[0]) if len(enough) else float("inf")
