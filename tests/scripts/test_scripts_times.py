"""Times are asked for by one command, and by nothing else."""

import subprocess
import sys

import asked
import pytest

from scripts import times
from scripts.tree import ROOT


def test_it_runs_the_tests_that_take_times_and_asks_them(monkeypatch):
    ran = []

    def run(command, cwd, env):
        ran.append((command[1:], env["ASK_FOR_TIMES"]))
        return subprocess.CompletedProcess(command, 3)

    monkeypatch.setattr(subprocess, "run", run)
    assert times.main() == 3
    assert ran == [(["-m", "pytest", "-q", "-m", "timed"], "1")]


@pytest.mark.parametrize("is_asked", [False, True])
def test_a_time_beyond_its_target_fails_only_if_asked(is_asked, monkeypatch):
    said = []
    monkeypatch.setattr(asked, "ASKED", is_asked)
    check = asked.beside_its_target(said.append)
    check("quick", 0.5, 1)
    if is_asked:
        with pytest.raises(AssertionError, match="slow took 2.0 s"):
            check("slow", 2, 1)
    else:
        check("slow", 2, 1)
    assert said[-1] == "slow: 2.0 s, the target is 1 s"


def test_the_command_finds_the_tests_that_take_times():
    """By their fixture: nobody has to mark them."""
    command = [sys.executable, "-m", "pytest", "-q", "--collect-only", "-m", "timed"]
    command += ["tests/test_scripts.py", "tests/scripts/test_scripts_times.py"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8")
    assert "test_a_warm_setup_is_quick_and_says_so" in done.stdout
    assert "test_a_bad_argument" not in done.stdout
    assert "test_scripts_times.py" not in done.stdout
