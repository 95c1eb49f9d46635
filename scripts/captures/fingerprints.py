"""What a capture was made from, as a hash that ignores comments and blank lines."""

import ast
import hashlib
import json
from functools import cache
from importlib.util import resolve_name
from pathlib import Path

from scripts.common.paths import TREE
from scripts.common.syntax import imports, parsed


def canonical(node: object) -> object:
    """A syntax tree as nested lists: no positions, nothing empty.

    Unlike `ast.dump` it is the same on every Python from 3.11 on, so a recording made
    on another machine can be compared with this tree.
    """
    if isinstance(node, ast.JoinedStr):  # Python 3.12 ends some with an empty string
        node = ast.JoinedStr([v for v in node.values if getattr(v, "value", 0) != ""])
    if isinstance(node, ast.AST):
        fields = [(name, getattr(node, name, None)) for name in node._fields]
        kept = [[name, canonical(v)] for name, v in fields if v is not None and v != []]
        return [type(node).__name__, *kept]
    if isinstance(node, list):
        return [canonical(item) for item in node]
    return repr(node)


@cache
def _written(code: str) -> str:
    """The canonical tree of a source text, as JSON.

    Remembered by the text itself: one run asks for the same files a dozen times.
    """
    return json.dumps(canonical(parsed(code)))


def _sha256(written: str) -> str:
    return hashlib.sha256(written.encode()).hexdigest()


def of_blocks(codes: list[str]) -> str:
    """Fingerprint of a page's program: the syntax trees of its blocks, in order."""
    return _sha256(f"[{', '.join(_written(code) for code in codes)}]")


def imported(path: Path) -> list[Path]:
    """The `snippets.*` files that a snippet needs, itself first, each once."""
    found, queue = [], [path]
    while queue:
        file = queue.pop(0)
        if file in found:
            continue
        found.append(file)
        queue += [
            p for p in _packages(file) if _does_something(p.read_text(encoding="utf-8"))
        ]
        package = ".".join(file.relative_to(TREE.root).parent.parts)
        names = _candidates(file.read_text(encoding="utf-8"), package)
        files = [TREE.root / name for name in names]
        queue += [file for file in files if file.exists()]
    return [found[0], *sorted(found[1:])]


def _packages(file: Path) -> list[Path]:
    """The `__init__.py` files that Python runs before it runs a snippet."""
    folders = [f for f in file.parents if f.is_relative_to(TREE.snippets)]
    return [f / "__init__.py" for f in folders if (f / "__init__.py").exists()]


@cache
def _does_something(code: str) -> bool:
    """Has a source text more than a docstring and constants, which change no result?"""
    return any(
        not (isinstance(n, ast.Expr | ast.Assign) and isinstance(_said(n), str | tuple))
        for n in parsed(code).body
    )


def _said(node: ast.Expr | ast.Assign) -> object:
    """The literal that an expression is, or None."""
    try:
        return ast.literal_eval(node.value)
    except ValueError:
        return None


@cache
def _candidates(code: str, package: str) -> tuple[str, ...]:
    """Where the modules might lie that a source text imports from snippets."""
    return tuple(name for node in imports(code) for name in _named(node, package))


def _named(node: ast.Import | ast.ImportFrom, package: str) -> list[str]:
    names = [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        module = resolve_name("." * node.level + (node.module or ""), package)
        names = [module, *(f"{module}.{name}" for name in names)]
    return [n.replace(".", "/") + ".py" for n in names if n.startswith("snippets.")]


def of_experiment(path: Path, arguments: dict | None = None) -> str:
    """Fingerprint of an experiment: its tree, its imports' trees, its arguments."""
    trees = [
        f"[{json.dumps(TREE.name(file))}, {_written(text)}]"
        for file in imported(path)
        for text in [file.read_text(encoding="utf-8")]
    ]
    return _sha256(f"[[{', '.join(trees)}], {json.dumps(arguments or {})}]")
