"""The live line of a terminal, and what stands in its place elsewhere."""

import os
import pty
import subprocess
import sys
import termios

import pytest

from langmix.progress import Cells, duration

LIVE = """
import time
from langmix.progress import CELLS, bar
print(CELLS.begin(2, 6, "tiny·x_y·s0 on atlas"), flush=True)
with bar("training", 4, "steps") as live:
    for _ in range(4):
        time.sleep(0.15)
        live.update()
print("end", flush=True)
"""


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0 s"), (59.6, "60 s"), (100, "2 min"), (3600, "60 min"), (11_100, "3 h 5 min")]
)
def test_duration(seconds, words):
    assert duration(seconds) == words


def test_cells_take_what_they_took(monkeypatch):
    clock = iter([100.0, 130.0, 220.0, 0.0])
    monkeypatch.setattr("time.monotonic", lambda: next(clock))
    cells = Cells()
    assert cells.begin(1, 6, "a") == "cell 1 of 6: a"
    assert cells.begin(2, 6, "b") == "cell 2 of 6: b, about 2 min left"  # five times 30 s
    assert cells.begin(3, 6, "c") == "cell 3 of 6: c, about 4 min left"  # four times 60 s
    assert cells.label == "3 of 6 c · "
    assert Cells().begin(3, None, "c") == "cell 3: c"


def test_cells_that_other_processes_make_count(monkeypatch):
    clock = iter([100.0, 130.0])
    monkeypatch.setattr("time.monotonic", lambda: next(clock))
    cells = Cells()
    cells.begin(2, 9, "b")
    assert cells.begin(5, 9, "e") == "cell 5 of 9: e, about 50 s left"  # three in 30 s, so five in 50 s


def test_the_line_is_alive_on_a_terminal_only():
    primary, secondary = pty.openpty()
    termios.tcsetwinsize(secondary, (24, 120))
    try:
        subprocess.run([sys.executable, "-c", LIVE], stdout=secondary, stderr=secondary, check=True, timeout=60)
        shown = os.read(primary, 100_000).decode()
    finally:
        os.close(primary)
        os.close(secondary)
    assert "2 of 6 tiny·x_y·s0 on atlas · training:" in shown
    assert "2/4" in shown
    assert shown.endswith("end\r\n")
    elsewhere = subprocess.run([sys.executable, "-c", LIVE], capture_output=True, text=True, check=True, timeout=60)
    assert (elsewhere.stdout.splitlines()[-1], elsewhere.stderr) == ("end", "")
