"""Fingerprints: comments do not count, everything else that runs does."""

import shutil
import subprocess
from pathlib import Path

import pytest
from listing import ROOT

from scripts.captures import fingerprints
from scripts.common.paths import TREE

# What the syntax trees of different Pythons might tell apart.
TRICKY = '''
import a.b as c
from x import (y, z)
@decorated
async def g(p, /, q: int = 1, *, r=None, **s) -> "str":
    """A docstring."""
    async with h() as i, j:
        return f"{q!r:>{p}} {{}} " "and more" f"{r}"
class A(B, metaclass=C):
    x: int
    y = lambda *a: [*a, None, ..., 1.5e300, 1j, b"\\xff", "\\u00e9", -1, True]
match x:
    case {"k": [1, *rest], **other} | None if rest: pass
    case A(x=0): pass
try:
    z[1:2, ::3] = (w := {**s, 1: 2})
except* (ValueError, OSError) as e:
    raise E from e
'''


@pytest.fixture
def experiment(tmp_path):
    """An experiment that imports a helper, in every way that Python knows."""

    def write(name, text):
        path = tmp_path / "snippets" / "a" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    write("helper.py", "def f():\n    return 1\n")
    return write


@pytest.fixture(autouse=True)
def tree(monkeypatch, tmp_path):
    monkeypatch.setattr(TREE, "root", tmp_path)


def of(path, arguments=None):
    return fingerprints.of_experiment(path, arguments)


IMPORTS = [
    "from snippets.a.helper import f",
    "from snippets.a import helper",
    "import snippets.a.helper",
    "import snippets.a.helper as h",
    "from .helper import f",
    "from . import helper",
    "def main():\n    from snippets.a.helper import f",
]


@pytest.mark.parametrize("line", IMPORTS)
def test_what_is_imported_counts(experiment, line):
    path = experiment("x.py", line + "\n")
    before = of(path)
    experiment("helper.py", "def f():\n\n    return 1  # a comment\n")
    assert of(path) == before
    experiment("helper.py", "def f():\n    return 2\n")
    assert of(path) != before


def test_what_helpers_import_counts(experiment):
    path = experiment("x.py", "import snippets.a.helper\n")
    experiment("helper.py", "import snippets.a.deep\nimport snippets.a.x\n")
    experiment("deep.py", "a = 1\n")
    before = of(path)
    experiment("deep.py", "a = 2\n")
    assert of(path) != before


@pytest.mark.parametrize("package", ["__init__.py", "../__init__.py"])
def test_what_a_package_does_counts_and_what_it_says_does_not(experiment, package):
    path = experiment("x.py", "a = 1\n")
    before = of(path)
    experiment(package, '"""A lesson."""\n\nDEVICES = ("cpu", "cuda")\n')
    assert of(path) == before
    experiment(package, "import torch\n\ntorch.backends.cudnn.benchmark = True\n")
    assert of(path) != before


def test_what_is_not_imported_does_not_count(experiment):
    path = experiment("x.py", "import json\n")
    before = of(path)
    experiment("helper.py", "a = 2\n")
    assert of(path) == before


def test_arguments_count(experiment):
    path = experiment("x.py", "a = 1\n")
    assert of(path, {"steps": 1}) != of(path, {"steps": 2}) != of(path)


def test_blocks():
    same = ["a = 1\n", "b = 2\n"]
    assert fingerprints.of_blocks(same) == fingerprints.of_blocks(
        ["# c\n\na = 1  # d\n", "b  =  2\n"]
    )
    others = (["b = 2\n", "a = 1\n"], ["a = 1\nb = 2\n"], ["a = 1\n", "b = 2.0\n"])
    prints = {fingerprints.of_blocks(blocks) for blocks in (same, *others)}
    assert len(prints) == 4
    assert fingerprints.of_blocks(["f('')"]) != fingerprints.of_blocks(["f()"])


def interpreter(version):
    """A Python of this version that runs: on the PATH, or one of pyenv's."""
    number = version.removeprefix("python")
    homes = (Path.home() / ".pyenv" / "versions").glob(f"{number}*")
    for python in [shutil.which(version), *(home / "bin/python" for home in homes)]:
        asked = [str(python), "-c", "import sys; print(*sys.version_info[:2], sep='.')"]
        if not python or not Path(python).exists():
            continue
        said = subprocess.run(asked, capture_output=True, text=True, encoding="utf-8")
        if said.stdout.strip() == number:
            return str(python)
    pytest.skip(f"there is no {version} on this machine")


@pytest.mark.parametrize("version", ["python3.11", "python3.12", "python3.13"])
def test_other_pythons_agree(version):
    code = (
        "import sys; from scripts.captures.fingerprints import of_blocks; "
        "print(of_blocks([sys.stdin.read()]))"
    )
    said = subprocess.run(
        [interpreter(version), "-c", code],
        cwd=ROOT,
        input=TRICKY,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert said.stdout.strip() == fingerprints.of_blocks([TRICKY]), said.stderr
