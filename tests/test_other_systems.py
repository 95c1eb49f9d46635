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
CASES = {  # name: code, a system, what is said of it there; "": nothing
    "forks": ("import os\nos.fork()\n", "win32", 'no attribute "fork"'),
    "kills": ("import signal\nsignal.SIGKILL\n", "win32", 'no attribute "SIGKILL"'),
    "asks_who": ("import os\nos.getuid()\n", "win32", 'no attribute "getuid"'),
    "counts": ("import os\nos.sched_getaffinity(0)\n", "darwin", "sched_getaffinity"),
    "newer": ("from datetime import UTC\n", "linux", 'no attribute "UTC"'),
    "syntax": ("try:\n    1\nexcept* OSError:\n    2\n", "linux", "3.11"),
    "asks_first": (
        'import os, signal\ngetattr(signal, "SIGKILL", signal.SIGTERM)\n'
        'if hasattr(os, "fork"):\n    os.fork()\n',
        "win32",
        "",
    ),
}
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


@pytest.fixture(scope="module")
def complaints(tmp_path_factory):
    """A function: what a system or the oldest Python lacks of a text, a line each.

    What nobody has is a name that the program itself puts there.
    """
    folder = tmp_path_factory.mktemp("copied")
    for name, text in {
        **copied(),
        **{n: code for n, (code, *_) in CASES.items()},
    }.items():
        (folder / file_of(name)).write_text(text, encoding="utf-8")
    nobody = said(*HERE, folder)
    lacks = {
        system: [line for line in said(system, OLDEST, folder) if line not in nobody]
        for system in SYSTEMS
    }

    def complaints(name: str, system: str) -> list[str]:
        return [line for line in lacks[system] if f"{file_of(name)}:" in line]

    return complaints


def file_of(name: str) -> str:
    """A module's file for a page or a notebook."""
    return name.replace(".", "_").replace("-", "_") + ".py"


def said(system: str, python: str, folder) -> list[str]:
    """What mypy says of names and syntax in all files of a folder."""
    command = [sys.executable, "-m", "mypy", *QUIET, f"--platform={system}"]
    command += [f"--python-version={python}", "--cache-dir=/dev/null", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8")
    assert re.search("checked|Success|prevented", done.stdout), done.stderr
    return [line for line in done.stdout.splitlines() if TELLING.search(line)]


def forks(text: str) -> list[str]:
    """The start methods that are named in a program and that Windows lacks."""
    strings = [node for node in ast.walk(ast.parse(text)) if type(node) is ast.Constant]
    return [node.value for node in strings if node.value in ("fork", "forkserver")]


def strict(text: str) -> list[str]:
    """The calls that stop at what another program says in another encoding."""
    calls = [node for node in ast.walk(ast.parse(text)) if type(node) is ast.Call]
    return [
        call.func.attr
        for call in calls
        if getattr(call.func, "attr", "") in ("run", "Popen", "check_output")
        and {word.arg for word in call.keywords} & {"encoding", "text"}
        and "errors" not in {word.arg for word in call.keywords}
    ]


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_call_exists_on_every_system(system, complaints, say):
    texts = copied()
    guides = len(programs()) - len(lessons())  # a page and a notebook; then one records
    assert len(texts) == 4 * len(lessons()) + 2 * guides + 1
    assert [line for name in texts for line in complaints(name, system)] == []
    lines = sum(text.count("\n") for text in texts.values())
    say(f"{lines} lines that readers copy, against {system} and Python {OLDEST}")


def test_nothing_forks():
    assert not [name for name, text in copied().items() if forks(text)]


@pytest.mark.parametrize("case", CASES)
def test_what_is_lacking_is_named(case, complaints):
    _, system, says = CASES[case]
    found = complaints(case, system)
    assert [says in line for line in found] == [True] * bool(says), found


def test_what_another_program_says_is_read_in_any_encoding():
    """On Windows, a path with an umlaut in a child's traceback is no UTF-8."""
    assert not [name for name, text in copied().items() if strict(text)]


def test_a_program_that_is_read_strictly_is_seen():
    assert strict('subprocess.run(["a"], encoding="utf-8")') == ["run"]
    assert strict('subprocess.check_output(["a"], text=True)') == ["check_output"]
    assert not strict('subprocess.run(["a"], encoding="utf-8", errors="replace")')
    assert not strict('subprocess.run(["a"], capture_output=True)')


def test_a_start_method_that_windows_lacks_is_seen():
    assert forks('multiprocessing.get_context("fork")') == ["fork"]
    assert not forks('multiprocessing.get_context("spawn")')
