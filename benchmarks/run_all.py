"""Run every collection and write benchmarks/RESULTS.md; what fails or misses its goal is told, not hidden."""

import datetime as dt
import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
NAMES = (
    "full_depth_ranks",
    "pair_tables",
    "joint_draw",
    "encoding",
    "training_step",
    "training_memory",
    "forty_million_rows",
    "train_once",
    "finished_sweep",
    "killed_sweep",
)


def main() -> int:
    """Write the table; 0 if every collection ran, whether or not it met its goal."""
    rows, details, failed = [], [], []
    today = dt.datetime.now(tz=dt.UTC).date().isoformat()
    for name in NAMES:
        command = f"python benchmarks/{name}.py"
        print(f"== {command}", flush=True)
        done = subprocess.run(  # noqa: S603
            [sys.executable, str(HERE / f"{name}.py")], cwd=HERE.parent, stdout=subprocess.PIPE, text=True, check=False
        )
        print(done.stdout, flush=True)
        try:
            line = json.loads(done.stdout.splitlines()[-1]) if done.returncode == 0 else None
        except (ValueError, IndexError):
            line = None
        if line is None:
            failed.append(name)
            rows.append(f"| {name} | – | – | did not run | – | {today} | `{command}` |")
            continue
        met = "yes" if line["ok"] else "**no**"
        rows.append(
            f"| {name} | {line['ratio']:g} | {line['goal']} | {met} | {line['machine']} | {today} | `{command}` |"
        )
        details.append(json.dumps(line, ensure_ascii=False))
    table = "\n".join(rows)
    lines = "\n".join(details)
    (HERE / "RESULTS.md").write_text(
        "# Benchmarks\n\nWritten by `make bench`. What each compares, and how, is at the head of its file; ratios are "
        "medians over alternating runs.\n\n"
        "| what | ratio | goal | met | machine | date | command |\n|---|---|---|---|---|---|---|\n"
        f"{table}\n\nEverything that was measured:\n\n```json\n{lines}\n```\n",
        encoding="utf-8",
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
