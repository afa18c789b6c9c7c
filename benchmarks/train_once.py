"""A grid of 2 backbones, 3 samplers and 3 data sets: each model trained once, against once per cell.

Both sides run the same 18 cells in one process each. On the other side every data set has a store of its own, and so
has every training of it: what a harness does that trains whenever it evaluates.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from langmix.store import Store
from langmix.tracking.read import cells
from measure import report

GOAL = 2.0
STEPS = 60
GRID = ("backbone.seed=0,1", "sampler=x_y,x_x_mono,hybrid")
DATA = ("[en]", "[de]", "[fr]")
CELL = (
    "backbone=tiny",
    "dataset=atlas",
    "corpus.languages=[en,de]",
    f"training.max_steps={STEPS}",
    f"training.validate_every={STEPS}",
    "training.validation_batches=1",
)


def sweep(folder: Path, store: Path, *overrides: str) -> str:
    """Run a sweep and return what it logged."""
    folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(  # noqa: S603
        [str(Path(sys.executable).with_name("langmix")), "-m", *CELL, *GRID, *overrides],
        cwd=folder,
        env={**os.environ, "LANGMIX_HOME": str(store), "HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


def figures(store: Path) -> dict[str, float]:
    """Every figure of every finished cell of a store."""
    return {
        f"{cell.key.name} {cell.params['backbone.seed']} {cell.params['dataset.languages']} {name}": value
        for cell in cells(Store.open(store), "langmix")
        for name, value in cell.metrics.items()
        if name.startswith("atlas/") and value == value  # noqa: PLR0124
    }


def main() -> None:
    """Time both sides, check that they measure the same, and print one line of JSON."""
    folder = Path(tempfile.mkdtemp(prefix="train_once-"))
    try:
        sweep(folder, folder / "warm", "dataset.languages=[en]", "sampler=none")
        start = time.perf_counter()
        log = sweep(folder, folder / "once", f"dataset.languages={','.join(DATA)}")
        once = time.perf_counter() - start
        trained, evaluated = log.count("training on"), log.count("ranking")
        start = time.perf_counter()
        for number, languages in enumerate(DATA):
            sweep(folder, folder / f"each-{number}", f"dataset.languages={languages}")
        each = time.perf_counter() - start
        separate = {
            key: value for number in range(len(DATA)) for key, value in figures(folder / f"each-{number}").items()
        }
        assert figures(folder / "once") == separate
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    report(
        "train_once",
        each / once,
        f"trains 6, evaluates 18, >= {GOAL:g} x as fast",
        (trained, evaluated) == (6, 18) and each / once >= GOAL,
        trained=trained,
        evaluated=evaluated,
        once_s=round(once, 1),
        each_s=round(each, 1),
    )


if __name__ == "__main__":
    main()
