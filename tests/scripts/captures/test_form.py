"""The form of a capture is said once, and nobody asks for a part that it has not."""

import os
import re
import subprocess
import sys

from listing import ROOT

from scripts.captures import capture_file
from scripts.captures.form import BlockNote, Capture, Machine, required

MISSPELT = """
from pathlib import Path
from scripts.captures.capture_file import load
print(load(Path("x.json"))["machine"]["gpus"])
"""
WRONG = r"has no key|not a valid TypedDict key"  # of a decorated function's answer


def mypy(*what):
    """Mypy's words on keys that a capture has not."""
    command = [sys.executable, "-m", "mypy", "--cache-dir", os.devnull]
    command += ["--no-site-packages", "--ignore-missing-imports"]  # ours alone
    command += ["--explicit-package-bases", "--no-error-summary", *what]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8"
    )
    said = done.stdout + done.stderr
    assert done.returncode in (0, 1) and "Traceback" not in said, said
    return [line for line in said.splitlines() if re.search(WRONG, line)]


def test_no_script_asks_for_a_key_that_a_capture_has_not():
    assert mypy("scripts") == []


def test_a_misspelt_key_is_seen():
    (line,) = mypy("--follow-imports=silent", "-c", MISSPELT)
    assert '"gpus" is not a valid TypedDict key' in line


def test_what_a_capture_has_to_have_is_read_from_its_form():
    assert required(Capture) == capture_file.PASSPORT
    assert required(Machine) == capture_file.MACHINE
    assert required(BlockNote) == capture_file.BLOCK
    assert "cores" not in required(Machine) and "result" not in required(Capture)
