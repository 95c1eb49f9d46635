"""What readers copy runs on the oldest Python that the lessons name: 3.10."""

import ast
import json
import re
import shutil
import subprocess
import sys

import pytest
from listing import ROOT

from scripts.common.paths import TREE, lessons
from scripts.content import front_page
from scripts.page import front_matter, program

OLDEST = (3, 10)
# What later Pythons brought, of what such code might use.
LATER = """tomllib ExceptionGroup BaseExceptionGroup TaskGroup add_note StrEnum ReprEnum
file_digest batched PythonFinalizationError assert_never assert_type reveal_type
LiteralString TypeVarTuple Unpack NotRequired dataclass_transform override TypedDict.get
cbrt exp2 sumprod getLevelNamesMapping getHandlerByName full_match from_uri is_junction
process_cpu_count splitroot binomialvariate kde kde_random fma monitoring
EnumCheck nonmember global_enum setprofile_all_threads ShutDown deprecated ReadOnly
TypeIs get_protocol_members is_protocol NoDefault"""
NAMES = set(LATER.split())
# Calls with an argument, and attributes of a module, that are younger.
PATTERNS = [
    r"\brmtree\(.*onexc=",
    r"TemporaryDirectory\(.*delete=",
    r"NamedTemporaryFile\(.*delete_on_close=",
    r"\bcontextlib\.chdir\b|from contextlib import .*\bchdir\b",
    r"\bdatetime\.UTC\b|from datetime import .*\bUTC\b",
    r"\b(copy\.replace|sys\.exception|operator\.call|asyncio\.timeout)\(",
    r"from typing import .*\b(Self|Never|Required)\b|\btyping\.(Self|Never|Required)\b",
    r"\.(glob|rglob)\(.*(case_sensitive|recurse_symlinks)=",
    r"\b(Path|path)[^ ]*\.(walk|copy|move)\(",
    r"from itertools import .*\bbatched\b|\bbatched\(.*strict=",
    r"\bmap\(.*strict=",
]


def too_new(code):
    """What a piece of code has that Python 3.10 has not."""
    try:
        tree = ast.parse(code, feature_version=OLDEST)
    except SyntaxError as error:
        yield f"line {error.lineno}: {error.msg}"
        return
    for node in ast.walk(tree):
        name = getattr(node, "attr", getattr(node, "id", getattr(node, "name", "")))
        if name in NAMES:
            yield f"line {node.lineno}: {name}"
    for line in ast.unparse(tree).splitlines():
        if any(re.search(pattern, line) for pattern in PATTERNS):
            yield line.strip()


def copied():
    """Each block of each page and each cell of each notebook, with its place."""
    for slug in lessons():
        for block in program.program(slug):
            yield f"{slug}, {block.name}", block.code
    for path in sorted(TREE.notebooks.glob("*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        for number, cell in enumerate(cells):
            if cell["cell_type"] == "code":
                yield f"{path.name}, cell {number}", "".join(cell["source"])


def test_nothing_is_younger_than_python_3_10(say):
    found = list(copied())
    wrong = [f"{where}: {new}" for where, code in found for new in too_new(code)]
    say(f"{len(found)} blocks and cells hold nothing that is younger than Python 3.10")
    assert len(found) > 150 and not wrong, "\n".join(wrong)


def test_python_3_10_itself_reads_them(tmp_path):
    python = shutil.which("python3.10")
    asked = python and subprocess.run([python, "-V"], capture_output=True)
    if not python or asked.returncode:
        pytest.skip("there is no Python 3.10 here")
    path = tmp_path / "codes.json"
    path.write_text(json.dumps(list(copied())), encoding="utf-8")
    code = "import json, sys; codes = json.load(open(sys.argv[1], encoding='utf-8'))\n"
    code += "for name, code in codes: compile(code, name, 'exec')"
    done = subprocess.run([python, "-c", code, str(path)], capture_output=True)
    assert done.returncode == 0, done.stderr.decode()


@pytest.mark.parametrize(
    ("code", "right"),
    [
        ("for a, b in zip(x, y, strict=True): pass", True),
        ("match x:\n    case 1: pass", True),
        ("a: int | None = 1", True),
        ("with (open(a) as b, open(c) as d): pass", True),
        ("try: pass\nexcept* ValueError: pass", False),
        ("def f[T](x: T): pass", False),
        ("type A = int", False),
        ("import tomllib", False),
        ("raise ExceptionGroup('a', [])", False),
        ("from enum import StrEnum", False),
        ("hashlib.file_digest(f, 'sha256')", False),
        ("from datetime import UTC, datetime", False),
        ("from contextlib import chdir", False),
        ("TemporaryDirectory(delete=False)", False),
        ("for a in itertools.batched(x, 2): pass", False),
        ("Path(a).walk()", False),
        ("net.copy()", True),
    ],
)
def test_what_is_too_new(code, right):
    assert (list(too_new(code)) == []) == right


# What they import is said in the lesson's header, and on the front page


def pinned():
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    return {line.partition("==")[0] for line in lines if "==" in line}


def test_what_to_install_is_what_the_blocks_import():
    each = {slug: front_matter.packages(slug) for slug in lessons()}
    assert each["gpu-training"] == ["torch", "torchvision"]
    assert each["fashion-mnist-project"][2:] == ["matplotlib", "tqdm"]
    everything = {name for names in each.values() for name in names}
    assert everything <= pinned(), "an import whose package has another name"
    for name in everything:
        assert re.search(rf"\b{name}\b", front_page.needs())
    assert sys.stdlib_module_names.isdisjoint(everything)


def test_it_stands_on_the_pages(original, tmp_path):
    front = (ROOT / "docs/index.md").read_text(encoding="utf-8")
    assert "with {{ needs }}, or" in front and "nothing else" not in front
    header = (ROOT / "docs/overrides/lesson.html").read_text(encoding="utf-8")
    assert "packages(slug)" in header
