"""A sweep that is killed again and again ends as one that is left alone."""

import importlib.util
from pathlib import Path

from .small import small

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "killed_sweep.py"


def test_three_kills_change_nothing(tmp_path):
    spec = importlib.util.spec_from_file_location("killed_sweep", BENCHMARK)
    killed_sweep = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(killed_sweep)
    line = killed_sweep.measure(tmp_path, 3, 1, [*small(tmp_path), "sampler=none,x_y"])
    assert line["ok"]
    assert line["kills"] == 3
    assert line["figures"] >= 50
