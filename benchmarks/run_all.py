"""Run every benchmark and write benchmarks/RESULTS.md, a column per processor; a goal that is missed fails loudly."""

import datetime as dt
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from measure import machine

HERE = Path(__file__).parent
RESULTS = HERE / "RESULTS.md"
NAMES = (
    "full_depth_ranks",
    "ten_million",
    "pair_tables",
    "joint_draw",
    "encoding",
    "training_step",
    "loss_step",
    "training_memory",
    "translating",
    "trained_size",
    "forty_million_rows",
    "train_once",
    "finished_sweep",
    "killed_sweep",
)

Lines = dict[tuple[str, str], dict[str, Any]]  # what was measured, by benchmark and processor


def main(names: list[str]) -> int:
    """Run what is named, or everything; 0 if all of it ran and met its goals."""
    measured, missed = before(), []
    for name in names or NAMES:
        print(f"== python benchmarks/{name}.py", flush=True)
        done = subprocess.run(  # noqa: S603
            [sys.executable, str(HERE / f"{name}.py")], cwd=HERE.parent, stdout=subprocess.PIPE, text=True, check=False
        )
        print(done.stdout, flush=True)
        try:
            line = json.loads(done.stdout.splitlines()[-1]) if done.returncode == 0 else None
        except (ValueError, IndexError):
            line = None
        if line is None:
            missed.append(f"{name}: did not run")
            continue
        if not line["ok"]:
            missed.append(f"{name}: misses its goal, {line['goal']}")
        measured[name, line["machine"]] = {**line, "date": dt.datetime.now(tz=dt.UTC).date().isoformat()}
    RESULTS.write_text(page(measured), encoding="utf-8")
    for each in missed:
        print(f"MISSED {each}", file=sys.stderr)
    print(f"{len(names or NAMES) - len(missed)} of {len(names or NAMES)} met on {machine()}; see {RESULTS}")
    return 1 if missed else 0


def before() -> Lines:
    """What earlier runs measured, on this processor and on others."""
    if not RESULTS.is_file():
        return {}
    lines = [json.loads(row) for row in RESULTS.read_text(encoding="utf-8").splitlines() if row.startswith("{")]
    return {(line["name"], line["machine"]): line for line in lines}


def page(measured: Lines) -> str:
    """The results as Markdown: a row per benchmark, a column per processor, and everything that was measured below."""
    machines = sorted({where for _, where in measured})
    known = [name for name in NAMES if any(name == each for each, _ in measured)]
    rows = [["what", "goal", *machines], ["---"] * (2 + len(machines))]
    for name in known:
        found = [measured.get((name, where)) for where in machines]
        goal = max((line for line in found if line), key=lambda line: line["date"])["goal"]
        rows.append([f"`{name}`", goal.replace("|", "\\|"), *(_cell(line, goal) for line in found)])
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    lines = "\n".join(
        json.dumps(measured[name, where], ensure_ascii=False)
        for name in known
        for where in machines
        if (name, where) in measured
    )
    return (
        "# Benchmarks\n\nWritten by `make bench`. What each compares, and how, is at the head of its file; ratios are "
        "medians over alternating runs, and those of one column are of one processor. A ratio with an asterisk was "
        f"measured against an earlier goal.\n\n{table}\n\nEverything that was measured:\n\n```json\n{lines}\n```\n"
    )


def _cell(line: dict[str, Any] | None, goal: str) -> str:
    if line is None:
        return "–"
    met = "met" if line["ok"] else "**missed**"
    mark = "" if line["goal"] == goal else "\\*"
    return f"{line['ratio']:g}{mark}, {met} ({line['date']})"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
