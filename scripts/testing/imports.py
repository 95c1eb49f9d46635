"""Which Python files of the tree need which: by their imports, and by names in text.

Nothing is imported or run: the files are parsed. Tests also name what they run, as in
`run_listing("gpu_training.clip")`, and snippets start others by their name.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

FOLDERS = ("scripts", "snippets", "tests")
NAMED = re.compile(r"\bsnippets[./](\w+)[./](\w+)|^(\w+)\.(\w+)$")
Graph = dict[str, set[str]]  # a file, and the files that it needs


def graph(root: Path) -> Graph:
    """Every Python file of a tree, and those that it needs directly."""
    folders = [root / name for name in FOLDERS]
    paths = [path for folder in folders for path in sorted(folder.rglob("*.py"))]
    names = {path.relative_to(root).as_posix() for path in paths}
    return {
        name: set(_needs(name, (root / name).read_text(encoding="utf-8"), names))
        for name in sorted(names)
    }


def reaching(needs: Graph, name: str) -> set[str]:
    """The files that need a file, directly or through others, and itself."""
    found, queue = set(), [name]
    while queue:
        goal = queue.pop()
        if goal not in found:
            found.add(goal)
            queue += [file for file, needed in needs.items() if goal in needed]
    return found


def _needs(name: str, code: str, known: set[str]) -> Iterator[str]:
    """The known files that one file needs."""
    tree = ast.parse(code)
    yield from _conftests(name, known)
    nodes = tree.body if name.endswith("conftest.py") else ast.walk(tree)
    for node in nodes:  # what one fixture of many imports is not what each test needs
        for module in _modules(node):
            yield from _files(name, module, known)
    if not name.startswith("scripts/"):
        yield from _named(name, _texts(tree), known)


def _conftests(name: str, known: set[str]) -> Iterator[str]:
    """pytest loads the conftest.py of a test's folder, and of those above it."""
    for folder in Path(name).parents:
        conftest = (folder / "conftest.py").as_posix()
        if name.startswith("tests/") and conftest in known and conftest != name:
            yield conftest


def _modules(node: ast.AST) -> list[str]:
    """The modules that an import might mean, with their whole names."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        return [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return []


def _files(name: str, module: str, known: set[str]) -> Iterator[str]:
    """The file of a module; tests import what stands in tests/ or beside them."""
    path = module.replace(".", "/") + ".py"
    for folder in ("", "tests/", f"{Path(name).parent.as_posix()}/"):
        if folder + path in known and (folder == "" or name.startswith("tests/")):
            yield folder + path


def _texts(tree: ast.AST) -> Iterator[str]:
    """The texts in a file's code."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _named(name: str, texts: Iterable[str], known: set[str]) -> Iterator[str]:
    """Snippets that a snippet or a test names in a text, to run or to read them."""
    lesson = Path(name).parent.name
    for text in texts:
        parts = [tuple(filter(None, found)) for found in NAMED.findall(text)]
        if name.startswith("tests/"):
            parts.append((lesson, text.removesuffix(".py")))
        files = {f"snippets/{folder}/{stem}.py" for folder, stem in parts}
        yield from files & known - {name}
