"""Style is checked by the tool, and every shown file has a test of its own."""

import ast
import re
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
        encoding="utf-8",
    )
    assert run.returncode == 0, run.stdout + run.stderr


PRAGMA = "# pragma: no cover - CUDA"


def cuda_branches(path):
    """The `if` statements of a file that test for CUDA: line → lines of the branch."""
    branches = {}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        test = ast.unparse(node.test) if isinstance(node, ast.If) else ""
        if "cuda" in test and not re.search(r"!=|\bnot\b", test):
            lines = {
                n.lineno for body in node.body for n in ast.walk(body) if stands(n)
            }
            branches[node.lineno] = len(lines)
    return branches


def stands(node):
    """Is it a statement, with a line of its own?"""
    return isinstance(node, ast.stmt)


def wrong_pragmas(path):
    """Lines that keep coverage from looking, and are no branch on CUDA."""
    branches = cuda_branches(path)
    for number, line in enumerate(
        path.read_text(encoding="utf-8").splitlines(), start=1
    ):
        if re.search(r"pragma[:\s]*no\b", line, re.I):
            right = line.rstrip().endswith(f":  {PRAGMA}")
            if not (right and re.match(r"\s*(el)?if ", line) and number in branches):
                yield f"{path.name}, line {number}: {line.strip()}"


def test_only_branches_on_cuda_are_left_out_of_coverage(say):
    files = sorted(ROOT.glob("snippets/**/*.py"))
    wrong = [found for file in files for found in wrong_pragmas(file)]
    assert files and not wrong, "\n".join(wrong)
    counted = [
        lines
        for file in files
        for number, lines in cuda_branches(file).items()
        if PRAGMA in file.read_text(encoding="utf-8").splitlines()[number - 1]
    ]
    say(f"{sum(counted)} lines, in {len(counted)} branches, only CUDA can run")


@pytest.mark.parametrize(
    ("code", "right"),
    [
        ('if device.type == "cuda":  {}\n    a = 1\n', True),
        ("if torch.cuda.is_available():  {}\n    a = 1\nelse:\n    b = 1\n", True),
        ('if a:\n    b = 1\nelif kind == "cuda":  {}\n    c = 1\n', True),
        ('if device.type != "cuda":  {}\n    a = 1\n', False),
        ("if not torch.cuda.is_available():  {}\n    a = 1\n", False),
        ("if device:  {}\n    a = 1\n", False),
        ('if device.type == "cuda":\n    a = 1  {}\n', False),
        ('if device.type == "cuda":\n    a = 1\nelse:  {}\n    b = 1\n', False),
        ("def on_cuda():  {}\n    return 1\n", False),
        ("cuda = 1  {}\n", False),
        ('if device.type == "cuda":  # pragma: no cover\n    a = 1\n', False),
        ("a = 1  # pragma:no branch\n", False),
    ],
)
def test_where_the_pragma_may_stand(tmp_path, code, right):
    path = tmp_path / "x.py"
    path.write_text(code.format(PRAGMA), encoding="utf-8")
    assert (list(wrong_pragmas(path)) == []) == right


def test_each_snippet_is_named_by_a_test_of_its_lesson():
    """Mirrored trees: snippets/x/y.py is imported or run by some tests/x/test_*.py."""
    untested = []
    files = sorted(ROOT.glob("snippets/*/*.py"))
    for file in files:
        tests = (ROOT / "tests" / file.parent.name).glob("test_*.py")
        text = "\n".join(test.read_text(encoding="utf-8") for test in tests)
        if file.stem != "__init__" and file.stem not in text:
            untested.append(f"{file.parent.name}/{file.name}")
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
