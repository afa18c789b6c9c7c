"""Simulated coverage of nominal 95 % intervals over questions and seeds: of single rows, and of whole families.

``python benchmarks/interval_coverage.py [TRIALS] [RESAMPLES]``: two arms, 40 measures whose variances have a share in
common, 200 questions, no true difference. *Seeds matter*: their standard deviation is .3 where that of the questions'
differences is .5; *little*: .05; *not at all*: 0. Told are the share of single intervals that hold 0, and of families
all of whose intervals do.
"""

import sys

import numpy as np
import pandas as pd

from langmix.statistics.cluster_sums import ALL, ClusterSums
from langmix.statistics.draws import Draws
from langmix.statistics.inference import infer
from langmix.statistics.max_t import critical

ROWS, QUESTIONS = 40, 200
SEEDS = (2, 3, 5, 10, 20)
OWN = {"seeds matter": 0.3, "little": 0.05, "not at all": 0.0}
SHARED = (0.0, 0.5, 0.9)


def simulate(seeds: int, own: float, shared: float, trials: int, resamples: int) -> tuple[float, float]:
    """Coverage of single rows and of the family."""
    rng = np.random.default_rng([seeds, int(100 * own), int(10 * shared)])

    def values(*shape: int) -> np.ndarray:
        together, alone = rng.normal(size=(*shape, 1)), rng.normal(size=(*shape, ROWS))
        return np.sqrt(shared) * together + np.sqrt(1 - shared) * alone

    rows = pd.DataFrame({"setting": "s", "language": ALL, "measure": [f"m{number}" for number in range(ROWS)]})
    single, family = [], []
    for trial in range(trials):
        arms = {arm: own * values(seeds)[:, None] + 0.3 * values(seeds, QUESTIONS) for arm in ("run", "baseline")}
        arms["run"] += 0.5 * values(QUESTIONS)
        data = ClusterSums(rows, np.eye(ROWS), np.ones((QUESTIONS, ROWS)), arms)
        draws = Draws("simulated", {"question": np.arange(QUESTIONS)}, ("question",), resamples, trial)
        found = infer(data, "run", "baseline", draws, "question")
        single.append((np.abs(found.difference) <= found.reach(0.05)).mean())
        family.append(found.statistic.max() <= critical(found.reference.max(axis=1), 0.05))
    return float(np.mean(single)), float(np.mean(family))


def main() -> None:
    """Print a table."""
    trials, resamples = ([int(each) for each in sys.argv[1:]] + [400, 999][len(sys.argv) - 1 :])[:2]
    print(f"{trials} trials, {resamples} resamples; single rows / family of {ROWS}")
    print("seeds  shared  " + "  ".join(f"{name:>13}" for name in OWN))
    for seeds in SEEDS:
        for shared in SHARED:
            cells = (simulate(seeds, own, shared, trials, resamples) for own in OWN.values())
            told = "  ".join(f"{single:.3f} / {family:.3f}" for single, family in cells)
            print(f"{seeds:5d}  {shared:6.1f}  {told}", flush=True)


if __name__ == "__main__":
    main()
