"""Style is checked by the tool, and every shown file has a test of its own."""

import ast
import re
import subprocess
import sys

import pytest
from listing import ROOT


@pytest.mark.parametrize("command", ["check", "format --check"])
def test_ruff_has_nothing_to_say(command):
    run = subprocess.run(
        [sys.executable, "-m", "ruff", *command.split(), "--no-cache", "."],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_nothing_in_the_snippets_is_left_out_of_coverage():
    """What only CUDA reaches is run on the stand-in for a GPU."""
    files = sorted(ROOT.glob("snippets/**/*.py"))
    left_out = re.compile(r"pragma[:\s]*no\b", re.I)
    wrong = [
        f"{path.name}, line {number}: {line.strip()}"
        for path in files
        for number, line in enumerate(
            path.read_text(encoding="utf-8").splitlines(), start=1
        )
        if left_out.search(line)
    ]
    assert files and not wrong, "\n".join(wrong)


def test_each_snippet_is_named_by_a_test_of_its_lesson():
    """Mirrored trees: snippets/x/y.py is imported or run by some tests/x/test_*.py."""
    untested = []
    snippets = ROOT / "snippets"
    files = [*snippets.glob("*/*.py"), *snippets.glob("*/practice/*.py")]
    for file in sorted(files):
        lesson = file.relative_to(snippets).parts[0]
        tests = (ROOT / "tests" / lesson).glob("test_*.py")
        text = "\n".join(test.read_text(encoding="utf-8") for test in tests)
        if file.stem != "__init__" and file.stem not in text:
            untested.append(str(file.relative_to(snippets)))
    assert files, "no snippet was found"
    assert not untested, f"no test mentions {', '.join(untested)}"


def without_encoding(code):
    """Calls that read or write text in whatever encoding the machine has."""
    for node in ast.walk(ast.parse(code)):
        if not isinstance(node, ast.Call):
            continue
        of, _, name = ast.unparse(node.func).rpartition(".")
        given = {keyword.arg: keyword.value for keyword in node.keywords}
        if name == "read_text":
            naked = not node.args
        elif name == "write_text":
            naked = len(node.args) < 2
        elif name == "open" and of.split(".")[-1] in ("", "path", "file", "Path"):
            mode = [*node.args[0 if of else 1 :], given.get("mode")][0]
            naked = "b" not in str(getattr(mode, "value", None) or "r")
        elif of == "subprocess":
            naked = bool({"text", "universal_newlines"} & set(given))
        else:
            naked = False
        if naked and "encoding" not in given:
            yield f"line {node.lineno}: {ast.unparse(node)[:60]}"


def test_texts_are_read_and_written_as_utf_8(say):
    folders = ("scripts", "snippets", "tests")
    files = [path for name in folders for path in sorted((ROOT / name).rglob("*.py"))]
    wrong = [
        f"{path.relative_to(ROOT)}, {found}"
        for path in files
        for found in without_encoding(path.read_text(encoding="utf-8"))
    ]
    assert len(files) > 100 and not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("code", "right"),
    [
        ("p.read_text()", False),
        ("p.read_text(errors='replace')", False),
        ("p.read_text(encoding='utf-8')", True),
        ("p.write_text(f(x))", False),
        ("open(p)", False),
        ("open(p, 'a')", False),
        ("path.open('w')", False),
        ("open(p, 'rb')", True),
        ("open(p, mode='wb')", True),
        ("path.open('w', encoding='utf-8')", True),
        ("subprocess.run(c, text=True)", False),
        ("subprocess.run(c)", True),
        ("os.open(p, flags)", True),
        ("gzip.open(p)", True),
    ],
)
def test_which_calls_name_no_encoding(code, right):
    assert (list(without_encoding(code)) == []) == right
