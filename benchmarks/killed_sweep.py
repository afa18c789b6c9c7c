"""A sweep killed at random moments and started again until it ends, against the same sweep left alone.

Prints how many of the killed sweep's figures are those of the sweep left alone: `ratio` has to be 1.
"""

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from langmix.store import Store
from langmix.tracking.cell import Cell
from langmix.tracking.client import connect
from langmix.tracking.read import cells, children
from measure import report

SWEEP = (
    "backbone=tiny",
    "dataset=atlas",
    "dataset.languages=[en]",
    "corpus.languages=[en,de]",
    "training.max_steps=4",
    "training.validate_every=2",
    "training.validation_batches=1",
    "training.batch_size=8",
    "training.learning_rate=0.03",
    "sampler=none,x_y,x_x_mono",
)


def main() -> None:
    """Run both sweeps, compare their cells and print one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("overrides", nargs="*", default=SWEEP)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="killed_sweep-"))
    try:
        ratio, details = same_figures(folder, options.kills, options.seed, options.overrides or SWEEP)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    report("killed_sweep", ratio, "all figures equal", ratio == 1, **details)
    sys.exit(ratio != 1)


def same_figures(folder: Path, kills: int, seed: int, overrides: Sequence[str]) -> tuple[float, dict[str, Any]]:
    """Kill a sweep ``kills`` times in all, in fresh stores whenever it manages to end before.

    Returns:
        Share of its figures that are those of a sweep left alone, and what else there is to tell.
    """
    start = time.monotonic()
    finish(folder / "alone", overrides)
    alone, whole = time.monotonic() - start, results(folder / "alone")
    draw = random.Random(seed)  # noqa: S311 -- moments, no secrets
    killed = stores = 0
    found: list[dict[str, dict[str, float]]] = []
    while killed < kills:
        home = folder / f"killed-{stores}"
        stores += 1
        while killed < kills and killed_at(home, overrides, draw.uniform(0.05, 1) * alone):
            killed += 1
        finish(home, overrides)
        no_half_states(home)
        found.append(results(home))
    figures = [(store, cell, name) for store in found for cell in whole for name in whole[cell]]
    other = {f"{cell} {name}" for store, cell, name in figures if store.get(cell, {}).get(name) != whole[cell][name]}
    return 1 - len(other) / len(figures), {
        "kills": killed,
        "stores": stores,
        "figures": len(figures),
        "other": sorted(other)[:5],
        "seconds_alone": round(alone, 1),
    }


def command(home: Path, overrides: Sequence[str]) -> subprocess.Popen[bytes]:
    """Start the sweep in a store of its own, in a process group that can be killed as a whole."""
    home.mkdir(exist_ok=True)
    with (home / "log").open("ab") as log:
        return subprocess.Popen(  # noqa: S603
            [str(Path(sys.executable).with_name("langmix")), "-m", *overrides],
            cwd=home,
            env={**os.environ, "LANGMIX_HOME": str(home / "store"), "HF_HUB_OFFLINE": "1"},
            stdout=log,
            stderr=log,
            process_group=0,
        )


def killed_at(home: Path, overrides: Sequence[str], moment: float) -> bool:
    """Whether the sweep still ran at that moment (seconds), and was killed without a word."""
    process = command(home, overrides)
    try:
        process.wait(moment)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return True
    assert process.returncode == 0, (home / "log").read_text()
    return False


def finish(home: Path, overrides: Sequence[str]) -> None:
    """Let the sweep run to its end."""
    process = command(home, overrides)
    process.wait(1200)
    assert process.returncode == 0, (home / "log").read_text()


def no_half_states(home: Path) -> None:
    """Check that no run is left RUNNING, and that everything in the store is what its checksums say."""
    store = Store.open(home / "store")
    client = connect(store.tracking_uri)
    assert not client.search_runs(["1"], "attributes.status = 'RUNNING'")
    langmix = str(Path(sys.executable).with_name("langmix"))
    environment = {**os.environ, "LANGMIX_HOME": str(store.root)}
    subprocess.run([langmix, "store", "verify"], env=environment, check=True, capture_output=True)  # noqa: S603


def results(home: Path) -> dict[str, dict[str, float]]:
    """Figures of the last sweep's cells, by name, each made by one finished run."""
    store = Store.open(home / "store")
    parents = [
        run.info.run_id
        for run in connect(store.tracking_uri).search_runs(["1"], order_by=["attributes.start_time ASC"])
        if Cell.from_run(run) is None
    ]
    made = [cell.key for cell in cells(store, "langmix") if cell.status == "FINISHED"]
    assert len(made) == len(set(made)), "a finished cell was made again"
    found = children(store, parents[-1])
    assert {cell.status for cell in found} == {"FINISHED"}
    return {
        cell.key.name: {
            name: value
            for name, value in cell.metrics.items()
            # The losses of training are with the run that trained, which may have been killed after it.
            if name.startswith(cell.key.dataset) and value == value  # noqa: PLR0124
        }
        for cell in found
    }


if __name__ == "__main__":
    main()
