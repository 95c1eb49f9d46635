"""Paths for imports, and what a run says at its end: its counts and its times."""

import os
import sys
from collections import Counter
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]

SAID = pytest.StashKey[list]()
TIMES = os.environ.get("SETUP_TIMES")  # from scripts/test; read before a test runs it
SETUP = Path(TIMES).read_text().splitlines() if TIMES else []


def pytest_configure(config):
    """From 3.12 on, Python warns of every fork of a process that has threads.

    The lesson and its tests fork on purpose, and the children use one thread.
    """
    if sys.version_info >= (3, 12):
        ignored = "ignore:This process .* is multi-threaded:DeprecationWarning"
        config.addinivalue_line("filterwarnings", ignored)


@pytest.fixture
def say(request):
    """A function that takes a line, a count that was made, for the end of the run."""
    return request.config.stash.setdefault(SAID, []).append


def pytest_terminal_summary(terminalreporter, config):
    """Print what tests said, and how long set-up and each part of the tests took."""
    terminalreporter.section("what was counted")
    for line in config.stash.get(SAID, []):
        terminalreporter.write_line(line)
    terminalreporter.section("parts and their seconds")
    for line in SETUP:
        seconds, name = line.split("\t")
        terminalreporter.write_line(f"{int(seconds):5d}  set-up: {name}")
    parts = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            if hasattr(report, "duration"):
                parts["/".join(report.nodeid.split("::")[0].split("/")[:2])] += (
                    report.duration
                )
    for name, seconds in sorted(parts.items()):
        terminalreporter.write_line(f"{seconds:5.0f}  {name}")
    terminalreporter.write_line(f"{sum(parts.values()):5.0f}  all tests")
