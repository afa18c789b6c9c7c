"""What may skip in CI, and that anything else fails it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.skips import ALLOWED, refused

ROOT = Path(__file__).parents[1]
TESTS = """
import pytest

def test_passes():
    pass

@pytest.mark.skip(reason="{reason}")
def test_skips():
    pass
"""


def test_patterns_stand_for_themselves_but_for_stars():
    lines = ["no data at *", "not installed (extra langmix[ray])", "[chromium] no browser*"]
    assert refused(["no data at /x", "not installed (extra langmix[ray])"], lines, []) == []
    assert refused(["no browser (Debian)", "else"], lines, []) == ["no browser (Debian)", "else"]
    assert refused(["no browser (Debian)"], lines, ["chromium"]) == []


@pytest.mark.parametrize(
    ("reason", "strict", "status", "processes"),
    [
        ("the weather", "1", 1, 2),
        ("the weather", "", 0, 0),
        ("the published data sets are not at /x (set X)", "1", 0, 0),
    ],
)
def test_only_what_is_listed_skips_in_ci(tmp_path, reason, strict, status, processes):
    (tmp_path / "test_it.py").write_text(TESTS.format(reason=reason))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.skips", "-p", "no:cacheprovider", "-c", os.devnull]
    environment = os.environ | {
        "LANGMIX_STRICT_SKIPS": strict,
        "PYTHONPATH": f"{ROOT}:{os.environ.get('PYTHONPATH', '')}",
    }
    done = subprocess.run(
        [*command, f"--numprocesses={processes}", str(tmp_path)],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == status, done.stdout
    assert f"1 skipped: {reason}" in done.stdout
    assert ("may not skip in CI" in done.stdout) == bool(status)


def test_every_line_of_the_list_is_a_pattern():
    lines = [line for line in ALLOWED.read_text().splitlines() if line and line[0] != "#"]
    assert lines
    packages = ["chromium", "postgresql", "apertium"]
    assert refused([line.partition("] ")[2] or line for line in lines], lines, packages) == []
