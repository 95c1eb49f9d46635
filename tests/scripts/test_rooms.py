"""The rooms of scripts/ stand in the order of the pipeline, and import one way only."""

import ast
import sys

import pytest
from listing import ROOT

SCRIPTS = ROOT / "scripts"
# What stands in one line may not import from the others in it.
ORDER = [
    ["common"],
    ["page", "run", "browser"],
    ["captures"],
    ["render"],
    ["content"],
    ["notebooks"],
    ["generated"],
    ["web", "testing"],
]
FLOOR = {room: floor for floor, rooms in enumerate(ORDER) for room in rooms}
RECORDER = ("common", "page", "run", "captures")  # the machine with a GPU has no more
LAZY = {  # own modules imported inside a function, and why
    "prebuild.py: scripts.generated.check": "needs packages that a recorder lacks",
    "prebuild.py: scripts.generated.files": "the same",
    "prebuild.py: scripts.content.lint": "the same",
    "prebuild.py: scripts.captures.accept": "the same: what is taken in is drawn",
}
# What is imported by what uses it: half of the time of a check, which draws nothing
SLOW = {"matplotlib"}
SLOW_AT_THE_TOP = "is slow, and belongs into the functions that use it"


def room(path):
    """The room of a file below scripts/, or "" for what stands in scripts/ itself."""
    parts = path.relative_to(SCRIPTS).parts
    return parts[0] if len(parts) > 1 else ""


def modules(node):
    """The whole names of what one import statement imports."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and not node.level:
        names = [f"{node.module}.{alias.name}" for alias in node.names]
        return [n if is_module(n) else node.module for n in names]
    return []


def is_module(name):
    path = ROOT / name.replace(".", "/")
    return path.with_suffix(".py").is_file() or path.is_dir()


def imports(path, code=None):
    """(module, line, is it inside a function?) for each import of a file."""
    tree = ast.parse(code or path.read_text(encoding="utf-8"))
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)]
    inside = {node for function in functions for node in ast.walk(function)}
    for node in ast.walk(tree):
        for name in modules(node):
            yield name, node.lineno, node in inside


def problem(path, name, inside):
    """What is wrong with one import of a file of scripts/, or None."""
    mine, parts = room(path), name.split(".")
    if parts[0] == "snippets":
        return "scripts run snippets, they do not import them"
    if parts[0] != "scripts":
        if mine in RECORDER and parts[0] not in sys.stdlib_module_names:
            if parts[0] != "__main__" and not inside:
                return "the recorder has the standard library alone"
        elif inside != (parts[0] in SLOW):
            return "belongs to the top of the file" if inside else SLOW_AT_THE_TOP
        return None
    theirs = parts[1] if len(parts) > 2 or (SCRIPTS / parts[1]).is_dir() else ""
    if inside:
        relative = path.relative_to(SCRIPTS).as_posix()
        return None if f"{relative}: {name}" in LAZY else "belongs to the top"
    if mine and not theirs:
        return "a room imports from what stands in scripts/ itself"
    if mine and mine != theirs and FLOOR[theirs] >= FLOOR[mine]:
        return f"{theirs} does not stand before {mine}"
    return None


FILES = sorted(SCRIPTS.rglob("*.py"))


def test_nothing_is_imported_from_a_later_room(say):
    found = [(path, *each) for path in FILES for each in imports(path)]
    wrong = [
        f"{path.relative_to(ROOT)}, line {line}: {name}: {said}"
        for path, name, line, inside in found
        if (said := problem(path, name, inside))
    ]
    say(f"{len(found)} imports in {len(FILES)} files of scripts/ go one way")
    assert len(found) > 300 and not wrong, "\n".join(wrong)


def test_every_room_has_its_place():
    rooms = {path.parent.name for path in SCRIPTS.glob("*/__init__.py")}
    assert rooms == set(FLOOR)


def test_each_exception_is_still_one():
    """An exception that nobody needs any more would let the next one in unseen."""
    path = SCRIPTS / "prebuild.py"
    lazy = {f"prebuild.py: {name}" for name, _, inside in imports(path) if inside}
    assert lazy == set(LAZY)


@pytest.mark.parametrize(
    ("file", "code", "says"),
    [
        ("page/x.py", "from scripts.captures import expected", "captures does not st"),
        (
            "page/x.py",
            "from scripts.run.process import run_blocks",
            "run does not stand",
        ),
        ("captures/x.py", "from scripts.page import program", None),
        ("captures/x.py", "from scripts.captures import expected", None),
        ("common/x.py", "import yaml", "the standard library alone"),
        ("common/x.py", "def f():\n    import yaml", None),
        ("common/x.py", "import json", None),
        ("web/x.py", "def f():\n    import yaml", "the top of the file"),
        ("render/x.py", "def f():\n    from matplotlib import path", None),
        ("render/x.py", "from matplotlib.figure import Figure", "is slow"),
        ("web/x.py", "def f():\n    from scripts.common import paths", "the top"),
        ("web/x.py", "from scripts import quick", "stands in scripts/ itself"),
        ("hooks.py", "from scripts import quick", None),
        ("prebuild.py", "def f():\n    from scripts.captures import accept", None),
        ("prebuild.py", "def f():\n    from scripts.captures import record", "the top"),
        ("run/x.py", "from snippets import data_files", "do not import them"),
    ],
)
def test_which_imports_are_refused(file, code, says):
    path = SCRIPTS / file
    said = [problem(path, name, inside) for name, _, inside in imports(path, code)]
    assert len(said) == 1
    assert said == [None] if says is None else says in said[0]


def test_there_is_no_circle():
    """Rooms that import one way can still hold a circle between two of their files."""
    graph = {
        ".".join(("scripts", *path.relative_to(SCRIPTS).with_suffix("").parts)): {
            name for name, _, _ in imports(path) if name.startswith("scripts.")
        }
        for path in FILES
    }
    assert circle(graph) is None, " → ".join(circle(graph) or ())
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"a"}}) == ["a", "b", "c", "a"]


def circle(graph, way=(), done=None):
    """The names of a circle in {name: names}, first and last the same; or None."""
    done = set() if done is None else done
    for name in sorted(graph if not way else graph.get(way[-1], ())):
        if name in way:
            return [*way[way.index(name) :], name]
        if name not in done:
            if found := circle(graph, (*way, name), done):
                return found
            done.add(name)
    return None


def test_the_root_of_the_tree_is_read_in_one_place():
    """Whoever computes it again would write into the real tree from a test."""
    wrong = []
    for path in FILES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        bound = [
            ast.unparse(node)
            for node in tree.body
            if isinstance(node, ast.Assign | ast.AnnAssign)
        ]
        wrong += [f"{path.name}: {line}" for line in bound if "TREE" in line]
        wrong += [
            f"{path.name}: {ast.unparse(node)}"
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef)
            for default in (*node.args.defaults, *node.args.kw_defaults)
            if default is not None and "TREE" in ast.unparse(default)
        ]
        text = path.read_text(encoding="utf-8")
        for line in text.splitlines():
            if "__file__" in line and not line.startswith("sys.path.insert(0, "):
                wrong.append(f"{path.name}: {line.strip()}")
    assert set(wrong) == {"paths.py: TREE = Tree(Path(__file__).resolve().parents[2])"}
