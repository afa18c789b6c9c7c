"""A finished sweep of 18 cells again: how long it takes to find that there is nothing to do, and to list it.

The peer is the sweep's first run, on models with random weights and a few training steps.
"""

import statistics
import tempfile
import time
from pathlib import Path

from measure import report
from train_once import DATA, sweep

GOAL_S = 10.0
REPEATS = 3


def main() -> None:
    """Run the sweep, run it again, and print one line of JSON."""
    with tempfile.TemporaryDirectory(prefix="finished_sweep-") as folder:
        seconds = []
        for _ in range(1 + REPEATS):
            start = time.perf_counter()
            log = sweep(Path(folder), Path(folder) / "store", f"dataset.languages={','.join(DATA)}")
            seconds.append(time.perf_counter() - start)
            assert log.count("ranking") == (0 if seconds[1:] else 18)
    again = statistics.median(seconds[1:])
    report(
        "finished_sweep",
        seconds[0] / again,
        f"18 finished cells again < {GOAL_S:g} s",
        again < GOAL_S,
        again_s=[round(each, 1) for each in seconds[1:]],
        first_s=round(seconds[0], 1),
    )


if __name__ == "__main__":
    main()
