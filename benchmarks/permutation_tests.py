"""10,000 sign-flip permutations of 20 comparisons over 1,190 questions, against scipy.

`scipy.stats.permutation_test` with ``permutation_type="samples"`` exchanges two paired samples within every question,
which is the same null hypothesis. It knows one comparison at a time; it is timed on one with the vectorised statistic
its documentation recommends, and multiplied by 20. Both draw their own signs: p-values agree up to Monte Carlo error.
"""

import statistics

import numpy as np
from scipy import stats

from langmix.statistics.permutation import sign_flip_test
from measure import alternate, report

CLUSTERS, COMPARISONS, PERMUTATIONS = 1190, 20, 10_000
REPEATS = 5
GOAL = 10.0


def main() -> None:
    """Measure, print a table and one line of JSON."""
    rng = np.random.default_rng(0)
    # Effects from none to clear, so that p-values cover their range.
    effects = np.linspace(0, 3, COMPARISONS) / np.sqrt(CLUSTERS)
    first = rng.normal(effects, 1, (CLUSTERS, COMPARISONS))
    second = np.zeros((CLUSTERS, COMPARISONS))
    found: dict[str, object] = {}

    def ours() -> None:
        found["ours"] = sign_flip_test(first - second, PERMUTATIONS, seed=0)

    def scipys() -> None:
        found["scipy"] = stats.permutation_test(
            (first[:, 0], second[:, 0]),
            lambda x, y, axis: (x - y).sum(axis=axis),
            permutation_type="samples",
            vectorized=True,
            n_resamples=PERMUTATIONS,
            batch=500,
            rng=np.random.default_rng(1),
        ).pvalue

    ours()
    scipys()
    p = np.asarray(found["ours"])
    # Two Monte Carlo p-values of one test differ by at most sqrt(2 p (1 - p) / n), five times over.
    tolerance = 5 * np.sqrt(2 * p[0] * (1 - p[0]) / PERMUTATIONS) + 2 / PERMUTATIONS
    assert abs(p[0] - float(found["scipy"])) < tolerance  # type: ignore[arg-type]
    # All others against the normal limit of the null distribution.
    d = first - second
    normal = 2 * stats.norm.sf(np.abs(d.sum(axis=0)) / np.sqrt((d**2).sum(axis=0)))
    assert np.abs(p - normal).max() < 0.03
    own, peer = alternate(REPEATS, ours, scipys)
    all_of_scipys = statistics.median(peer) * COMPARISONS
    report(
        "permutation_tests",
        all_of_scipys / statistics.median(own),
        f"< {GOAL:g} s",
        statistics.median(own) < GOAL,
        seconds=round(statistics.median(own), 3),
        scipy_one_comparison_s=round(statistics.median(peer), 3),
        scipy_all_extrapolated_s=round(all_of_scipys, 1),
    )


if __name__ == "__main__":
    main()
