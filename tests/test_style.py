"""Style is checked by the tool, and every shown file has a test of its own."""

import subprocess
import sys

import pytest

from scripts.tree import ROOT


@pytest.mark.parametrize("command", ["check", "format --check"])
def test_ruff_has_nothing_to_say(command):
    run = subprocess.run(
        [sys.executable, "-m", "ruff", *command.split(), "--no-cache", "."],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_each_snippet_is_named_by_a_test_of_its_lesson():
    """Mirrored trees: snippets/x/y.py is imported or run by some tests/x/test_*.py."""
    untested = []
    files = sorted(ROOT.glob("snippets/*/*.py"))
    for file in files:
        tests = (ROOT / "tests" / file.parent.name).glob("test_*.py")
        text = "\n".join(test.read_text() for test in tests)
        if file.stem != "__init__" and file.stem not in text:
            untested.append(f"{file.parent.name}/{file.name}")
    assert files, "no snippet was found"
    assert not untested, f"no test mentions {', '.join(untested)}"
