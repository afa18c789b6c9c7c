"""What all benchmarks share: timing in alternation, peak memory of a child process, the line of results, real data."""

import gc
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from langmix.hardware import processor

if TYPE_CHECKING:
    from langmix.collection import Collection
    from langmix.encoder.backbone import Backbone
    from langmix.store import Store

ROOT = Path(__file__).resolve().parents[1]


def seconds(function: Callable[[], object]) -> float:
    """Wall time of one call."""
    gc.collect()
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def alternate(repeats: int, *sides: Callable[[], object]) -> list[list[float]]:
    """Seconds of each side, ``[sides][repeats]``: every side once, then every side again, so that all share the load.

    Call each side once before, to compile and to warm caches.
    """
    rounds = [[seconds(side) for side in sides] for _ in range(repeats)]
    return [list(times) for times in zip(*rounds, strict=True)]


def median_ratio(numerator: list[float], denominator: list[float]) -> float:
    """Median over the rounds of one side's time over the other's."""
    return statistics.median(n / d for n, d in zip(numerator, denominator, strict=True))


def machine() -> str:
    """Processor, told apart from others of its name, and number of cores that this process may use."""
    return f"{processor()}, {len(os.sched_getaffinity(0))} cores"


def flags() -> set[str]:
    """Instruction sets of the processor, as Linux names them."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return {flag for line in lines if line.startswith("flags") for flag in line.split(":")[1].split()}


def report(name: str, ratio: float, goal: str, ok: bool, **details: Any) -> None:
    """Print the collection's last line: one JSON object."""
    line = {"name": name, "ratio": round(ratio, 3), "goal": goal, "ok": bool(ok), "machine": machine(), **details}
    print(json.dumps(line, ensure_ascii=False))


def peak_rss_gib() -> float:
    """Most memory this process has held so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def in_child(file: str, *arguments: str) -> dict[str, Any]:
    """Run a collection again as a child process with arguments; what its last line says.

    Memory of a child is its own: nothing that the parent loaded counts.
    """
    done = subprocess.run(  # noqa: S603
        [sys.executable, file, *arguments], check=True, stdout=subprocess.PIPE, text=True
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def data(name: str) -> Path:
    """Folder of a published data set, below $LANGMIX_DATA or ../shared/data.

    Raises:
        SystemExit: It is not there; the message says where it was looked for.
    """
    roots = [Path(os.environ["LANGMIX_DATA"])] if "LANGMIX_DATA" in os.environ else []
    # A worktree may be one folder deeper than the main checkout.
    roots += [parent / "shared" / "data" for parent in list(ROOT.parents)[:2]]
    for root in roots:
        if (root / name).is_dir():
            return root / name
    places = ", ".join(str(root / name) for root in roots)
    raise SystemExit(f"data set {name} is missing (looked for {places}): set LANGMIX_DATA to the folder that holds it")


def store() -> "Store":
    """Where converted backbones are kept: $LANGMIX_HOME, or the project's own store."""
    from langmix.store import Store

    return Store.at(os.environ.get("LANGMIX_HOME", ROOT / ".langmix"))


def backbone() -> "Backbone":
    """`me5_small` as the command line composes it; its offline stand-in where no hub can be reached."""
    from langmix.encoder.backbone import hub

    conf = yaml.safe_load((ROOT / "conf" / "backbone" / "me5_small.yaml").read_text(encoding="utf-8"))
    del conf["_target_"]
    return hub(**(conf | {"store": store()}))


def lareqa_benchmark(name: str, **changes: Any) -> "Collection":
    """XQuAD-R or MLQA-R from the published files, with changes to its configuration."""
    from langmix.collection.lareqa import lareqa

    conf = yaml.safe_load((ROOT / "conf" / "dataset" / f"{name}.yaml").read_text(encoding="utf-8"))
    del conf["_target_"]
    return lareqa(**(conf | {"path": data(name), "store": store()} | changes))
