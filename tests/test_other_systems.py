"""All that readers copy, held against Windows, macOS and the oldest Python we allow.

mypy knows which names of the standard library exist on which system and since when.
"""

import ast
import re
import subprocess
import sys

import pytest
from notebook_cells import code_cells

from scripts.common.paths import TREE, lessons, programs
from scripts.page import program

OLDEST = "3.10"  # as in snippets/versions.py
HERE = ("linux", "3.14")  # a system and a Python that have every name that there is
SYSTEMS = ("win32", "darwin", "linux")
# Of all that mypy can say, what is about names and syntax: torch is not looked into.
QUIET = ("--follow-imports=skip", "--ignore-missing-imports", "--check-untyped-defs")
TELLING = re.compile(r"error: Module .*has no attribute|\[syntax\]$")


def copied() -> dict[str, str]:
    """What readers copy: each page's program, each notebook's cells, in one text."""
    found = {}
    for slug in programs():
        blocks = program.program(slug)
        found[f"{slug}.md"] = "\n".join(block.code for block in blocks)
    for path in sorted(TREE.notebooks.glob("*.ipynb")):
        cells = code_cells(path)
        found[path.name] = "\n".join(source for _, source in cells)
    return found


def complaints(texts: dict[str, str], system: str, folder) -> list[str]:
    """What a system or the oldest Python lacks of the texts, a line each.

    What nobody has is a name that the program itself puts there.
    """
    nobody = said(texts, *HERE, folder)
    return [line for line in said(texts, system, OLDEST, folder) if line not in nobody]


def said(texts: dict[str, str], system: str, python: str, folder) -> list[str]:
    """What mypy says of names and syntax."""
    for name, text in texts.items():
        path = folder / (name.replace(".", "_").replace("-", "_") + ".py")
        path.write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "mypy", *QUIET, f"--platform={system}"]
    command += [f"--python-version={python}", "--cache-dir=/dev/null", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8")
    assert re.search("checked|Success|prevented", done.stdout), done.stderr
    return [line for line in done.stdout.splitlines() if TELLING.search(line)]


def forks(text: str) -> list[str]:
    """The start methods that are named in a program and that Windows lacks."""
    strings = [node for node in ast.walk(ast.parse(text)) if type(node) is ast.Constant]
    return [node.value for node in strings if node.value in ("fork", "forkserver")]


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_call_exists_on_every_system(system, tmp_path, say):
    texts = copied()
    guides = len(programs()) - len(lessons())  # a page and a notebook; then one records
    assert len(texts) == 4 * len(lessons()) + 2 * guides + 1
    assert complaints(texts, system, tmp_path) == []
    lines = sum(text.count("\n") for text in texts.values())
    say(f"{lines} lines that readers copy, against {system} and Python {OLDEST}")


def test_nothing_forks():
    assert not [name for name, text in copied().items() if forks(text)]


@pytest.mark.parametrize(
    ("code", "system", "says"),
    [
        ("import os\nos.fork()\n", "win32", 'no attribute "fork"'),
        ("import signal\nsignal.SIGKILL\n", "win32", 'no attribute "SIGKILL"'),
        ("import os\nos.getuid()\n", "win32", 'no attribute "getuid"'),
        ("import os\nos.sched_getaffinity(0)\n", "darwin", "sched_getaffinity"),
        ("from datetime import UTC\n", "linux", 'no attribute "UTC"'),
        ("try:\n    1\nexcept* OSError:\n    2\n", "linux", "3.11"),
    ],
)
def test_what_is_lacking_is_named(code, system, says, tmp_path):
    (line,) = complaints({"one": code}, system, tmp_path)
    assert says in line


def test_what_asks_first_may_stay(tmp_path):
    code = 'import os, signal\ngetattr(signal, "SIGKILL", signal.SIGTERM)\n'
    code += 'if hasattr(os, "fork"):\n    os.fork()\n'
    assert complaints({"one": code}, "win32", tmp_path) == []
    assert forks('multiprocessing.get_context("fork")') == ["fork"]
