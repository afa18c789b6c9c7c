"""Skipped tests are shown with their reasons, and where `LANGMIX_STRICT_SKIPS` is set only listed ones may be.

A pytest plugin; under xdist it acts in the process that gathers the results.
"""

import os
import re
from collections import Counter
from fnmatch import fnmatch
from pathlib import Path

import pytest

ALLOWED = Path(__file__).with_name("allowed_skips.txt")


def refused(reasons, lines, not_installed):
    """The reasons that a list does not let tests skip for, where some Debian packages could not be installed."""
    patterns = []
    for line in lines:
        package, pattern = re.fullmatch(r"(?:\[(.*?)\] )?(.*)", line).groups()
        if package is None or package in not_installed:
            patterns.append(re.sub(r"([?[])", r"[\1]", pattern))  # of the signs of patterns only * means something
    return [reason for reason in reasons if not any(fnmatch(reason, pattern) for pattern in patterns)]


def reasons(reporter):
    """How many tests skipped for which reason."""
    skipped = reporter.stats.get("skipped", [])
    return Counter(str(report.longrepr[2]).removeprefix("Skipped: ") for report in skipped)


def not_allowed(reporter):
    """The reasons that fail the run."""
    if not os.environ.get("LANGMIX_STRICT_SKIPS"):
        return []
    lines = [line for line in ALLOWED.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    return refused(sorted(reasons(reporter)), lines, os.environ.get("LANGMIX_NOT_INSTALLED", "").split())


def pytest_sessionfinish(session):
    """Fail the run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter and not hasattr(session.config, "workerinput") and not_allowed(reporter):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter):
    """Show the reasons, and which of them fail the run."""
    for reason, count in sorted(reasons(terminalreporter).items()):
        terminalreporter.write_line(f"{count} skipped: {reason}")
    for reason in not_allowed(terminalreporter):
        terminalreporter.write_line(f"may not skip in CI (tests/allowed_skips.txt): {reason}", red=True)
