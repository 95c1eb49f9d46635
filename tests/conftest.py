"""Paths for imports, and what a run says at its end: its counts and its times."""

import os
import subprocess
import sys
import threading
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import pytest
from filelock import FileLock

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]

# Their folder has to be known first
from asked import beside_its_target  # noqa: E402
from untraced import UNTRACED  # noqa: E402

# Tests run a module, write it anew and run it again. Within a second, Python would take
# what it has compiled of the first one, if it were kept.
os.environ["PYTHONDONTWRITEBYTECODE"] = "1"

# Under these names a test's report carries its lines, and whether it needs a GPU. A
# report also comes from another process, where the test itself does not.
SAID, CUDA = "said", "cuda"
# Files that take minutes, a file a process: the last one to begin ends alone.
LONGEST = {"test_stand_in_gpu.py", "test_it_cannot_lie.py"}
LONGEST |= {"test_pages.py", "test_workflows.py", "test_practice_notebooks.py"}
LONGEST |= {"test_practice.py", "test_setup.py", "test_build_time.py", "test_clone.py"}
LONGEST |= {"test_scripts.py", "test_recipes.py", "test_entries.py"}
# Folders of tests that run no snippet: coverage would count nothing, and takes a third
# of the time of whatever is written in Python.
UNCOUNTED = {"browser", "scripts"}
TIMES = os.environ.get("SETUP_TIMES")  # from scripts/test; read before a test runs it
SETUP = Path(TIMES).read_text(encoding="utf-8").splitlines() if TIMES else []


def pytest_configure(config):
    """From 3.12 on, Python warns of every fork of a process that has threads.

    One experiment and its tests fork on purpose; the children use one thread.
    """
    if sys.version_info >= (3, 12):
        ignored = "ignore:This process .* is multi-threaded:DeprecationWarning"
        config.addinivalue_line("filterwarnings", ignored)


@pytest.hookimpl(trylast=True)  # once coverage has begun
def pytest_sessionstart():
    """No coverage in threads: Python 3.11 now and then fails to begin a traced one.

    What others wait for then never comes: a server's answer, or a DataLoader's batch.
    """
    threading.settrace(None)


@pytest.fixture
def say(record_property):
    """A function that takes a line, a count that was made, for the end of the run."""
    return lambda line: record_property(SAID, line)


@pytest.fixture
def in_time(say):
    """A function that says how long something took beside its target, in seconds.

    A busy machine misses targets, so nothing fails by them, unless
    `scripts/audit.py --times` asks, which needs an idle one.
    """
    return beside_its_target(say)


@contextmanager
def uncounted():
    """No coverage in this process, nor in those that it starts meanwhile."""
    before = sys.gettrace()
    sys.settrace(None)
    try:
        with patch.dict(os.environ, UNTRACED):
            yield
    finally:
        sys.settrace(before)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    """Count the lines of snippets where a test may run one, and nowhere else."""
    if UNCOUNTED.isdisjoint(item.path.relative_to(HERE).parts):
        return (yield)
    with uncounted():
        return (yield)


@pytest.fixture(scope="session")
def site(tmp_path_factory, worker_id):
    """The folder of the site, built strictly; once for all processes of the tests."""
    from scripts.browser.chromium import build  # what needs no site needs no browser

    room = tmp_path_factory.getbasetemp()
    folder = (room if worker_id == "master" else room.parent) / "site"
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            unfinished = tmp_path_factory.mktemp("unfinished")
            try:
                with uncounted():
                    build(unfinished)
            except subprocess.CalledProcessError as error:
                said = f"the site does not build:\n{error.output}"
                pytest.fail(said, pytrace=False)
            unfinished.rename(folder)
    return folder


@pytest.fixture(scope="session")
def original(tmp_path_factory):
    """The tiny tree of tests/tiny.py, recorded once; nobody may change it.

    `recording` and `recording-2` in it are from a GPU and not accepted yet; `accepted`
    is what docs holds once they are.
    """
    import tiny

    root = tiny.plant(tmp_path_factory.mktemp("original") / "tree")
    for folder in ("recording", "recording-2"):
        tiny.record_on_gpu(root, folder)
    tiny.keep_accepted(root)
    return root


def pytest_collection_modifyitems(items):
    """The longest files first; mark the tests that take a time or need a GPU."""
    items.sort(key=lambda item: item.path.name not in LONGEST)
    for item in items:
        if "in_time" in item.fixturenames:
            item.add_marker("timed")
        if item.get_closest_marker("cuda"):
            item.user_properties.append((CUDA, True))


def said(reports) -> list[str]:
    """The lines that tests gave to `say`, in the order of the tests' names.

    A test has a report for its set-up, its call and its end; the last one has all.
    """
    ends = sorted((r for r in reports if r.when == "teardown"), key=lambda r: r.nodeid)
    return [line for r in ends for name, line in r.user_properties if name == SAID]


def cuda_tests(reports) -> str:
    """How many tests that need a GPU ran, and how many did not."""
    marked = [r for r in reports if CUDA in dict(r.user_properties)]
    skipped = sum(r.skipped for r in marked)
    ran = sum(r.when == "call" and not r.skipped for r in marked)
    return f"{skipped} CUDA tests were skipped, {ran} ran"


def pytest_terminal_summary(terminalreporter):
    """Print what tests said, and how long set-up and each part of the tests took."""
    found = [report for kind in terminalreporter.stats.values() for report in kind]
    reports = [report for report in found if isinstance(report, pytest.TestReport)]
    terminalreporter.section("what was counted")
    for line in said(reports):
        terminalreporter.write_line(line)
    terminalreporter.write_line(cuda_tests(reports))
    terminalreporter.section("parts and their seconds")
    for line in SETUP:
        seconds, name = line.split("\t")
        terminalreporter.write_line(f"{int(seconds):5d}  set-up: {name}")
    parts = Counter()
    for report in reports:
        part = "/".join(report.nodeid.split("::")[0].split("/")[:2])
        parts[part] += report.duration
    for name, seconds in sorted(parts.items()):
        terminalreporter.write_line(f"{seconds:5.0f}  {name}")
    terminalreporter.write_line(f"{sum(parts.values()):5.0f}  all tests")
