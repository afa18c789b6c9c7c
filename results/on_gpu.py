"""Make the cells of a grid on one GPU, within a given time.

    LANGMIX_DATA=data python results/on_gpu.py mlqa_pairs_me5_small 600 made xquad_r

Trains and evaluates, several cells at a time and the first seeds of all arms first, until the time is up, and gathers
what there is. With ``--choose RATE...`` each arm's rate is first chosen from these on pairs that are held out of
training (one seed each, the last weights, the mean of mAP over the settings of ``dataset=pairs``), and the grid written
with what was chosen.
"""

import argparse
import json
import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import yaml

import langmix

SELECTION = ("dataset=pairs", "dataset.limit=1500", "seed=100", "tracking.experiment=rates")
SETTINGS = ("monolingual", "cross_lingual", "multilingual")
PLANS = Path(langmix.__file__).parent / "studies" / "plans"
ENVIRONMENT = {**os.environ, "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}
COMMAND = (sys.executable, "-W", "ignore", "-c", "from langmix.app.cli import main; main()")


def main() -> None:
    """Choose, run, gather."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("grid", help="one of src/langmix/studies/plans/grids, without its ending")
    parser.add_argument("seconds", type=float, help="after which no more cells are made")
    parser.add_argument("folder", type=Path, help="for results, the grid with the rates that were chosen, and logs")
    parser.add_argument("collections", nargs="+", help="of the grid's, in this order")
    parser.add_argument("--processes", type=int, default=4, help="cells at a time")
    parser.add_argument("--threads", default="2", help="of a cell")
    parser.add_argument("--choose", nargs="+", default=[], metavar="RATE", help="choose the arms' rates first")
    options = parser.parse_args()
    end = time.monotonic() + options.seconds
    ENVIRONMENT["OMP_NUM_THREADS"] = options.threads
    options.folder.mkdir(parents=True, exist_ok=True)
    text = (PLANS / "grids" / f"{options.grid}.yaml").read_text(encoding="utf-8")
    grid = options.folder / "grids" / f"{options.grid}.yaml"
    if options.choose:
        text = with_rates(
            text, choose(yaml.safe_load(text), options.choose, options.folder / "rates", options.processes)
        )
    grid.parent.mkdir(exist_ok=True)
    grid.write_text(text, encoding="utf-8")
    plans = [
        plan(options.folder, options.grid, name, list(yaml.safe_load(text)["arms"])) for name in options.collections
    ]
    run(plans, end, options.folder, options.processes)
    for each in plans:
        subprocess.run(
            [*COMMAND, "study", str(each), "--results", str(options.folder / "results")],
            env=ENVIRONMENT,
            check=False,
        )


def choose(grid: dict, rates: Sequence[str], folder: Path, processes: int) -> dict[str, str]:
    """The best rate of each trained arm."""
    arms = {arm: words for arm, words in grid["arms"].items() if "sampler=none" not in words}
    runs = {(arm, rate): folder / f"{arm}-{rate}" for arm in arms for rate in rates}

    def one(item: tuple[tuple[str, str], Path]) -> None:
        (arm, rate), output = item
        kept = [word for word in arms[arm] if not word.startswith("training.learning_rate")]
        words = [*grid["common"], *kept, f"training.learning_rate={rate}", *SELECTION, f"hydra.run.dir={output}"]
        start = time.monotonic()
        done = subprocess.run(
            [*COMMAND, *words],
            env=ENVIRONMENT,
            check=False,
            capture_output=True,
            text=True,
        )
        print(
            f"{arm} {rate}: {time.monotonic() - start:.0f} s",
            done.stderr[-1500:] if done.returncode else "",
            flush=True,
        )

    with ThreadPoolExecutor(processes) as pool:
        list(pool.map(one, runs.items()))
    found = {
        key: sum(json.loads((output / "metrics.json").read_text())[f"pairs/{each}/map"] for each in SETTINGS) / 3
        for key, output in runs.items()
        if (output / "metrics.json").exists()
    }
    (folder / "rates.json").write_text(json.dumps({" ".join(key): value for key, value in found.items()}, indent=1))
    print({key: round(value, 4) for key, value in found.items()}, flush=True)
    if lost := [" at ".join(key) for key in runs if key not in found]:
        raise SystemExit(f"no rate can be chosen: {', '.join(lost)} did not end")
    return {arm: max(rates, key=lambda rate: found[arm, rate]) for arm in arms}


def with_rates(text: str, chosen: dict[str, str]) -> str:
    """A grid's text with other rates."""
    for arm, rate in chosen.items():
        text, times = re.subn(
            rf"(?m)^(  {arm}: .*training\.learning_rate=)[^],]*",
            rf"\g<1>{rate}",
            text,
        )
        if times != 1:
            raise SystemExit(f"arm {arm}: give it a line with training.learning_rate")
    return text


def plan(folder: Path, grid: str, collection: str, arms: Sequence[str]) -> Path:
    """A plan that asks for all cells of a grid on one collection."""
    trained = [arm for arm in arms if arm != "untrained"]
    contrasts = [
        {"arm": arm, "against": "untrained", "claim": "better", "setting": "monolingual", "margins": {"map": 0.005}}
        for arm in trained
    ]
    file = folder / f"{grid}-{collection}.yaml"
    words = {"question": "Cells.", "note": "", "grid": grid, "collections": [collection], "contrasts": contrasts}
    file.write_text(yaml.safe_dump(words), encoding="utf-8")
    return file


def run(plans: Sequence[Path], end: float, folder: Path, processes: int) -> None:
    """Let processes share the cells of plans, one plan after the other, until the time is up."""
    line = " && ".join(shlex.join([*COMMAND, "study", str(each), "--run"]) for each in plans)
    log = (folder / "run.log").open("a", encoding="utf-8")
    workers = [
        subprocess.Popen(["bash", "-c", line], env=ENVIRONMENT, stdout=log, stderr=log, start_new_session=True)
        for _ in range(processes)
    ]
    for worker in workers:
        try:
            worker.wait(max(0.0, end - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(worker.pid, 9)
            worker.wait()
        else:
            if worker.returncode:
                print(f"a process ended with {worker.returncode}: {log.name} says why", flush=True)


if __name__ == "__main__":
    main()
