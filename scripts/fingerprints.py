"""What a capture was made from, as a hash that ignores comments and blank lines."""

import ast
import hashlib
import json
from importlib.util import resolve_name
from pathlib import Path

from scripts.tree import ROOT


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


def _sha256(value: object) -> str:
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()


def of_blocks(codes: list[str]) -> str:
    """Fingerprint of a page's program: the syntax trees of its blocks, in order."""
    return _sha256([canonical(ast.parse(code)) for code in codes])


def imported(path: Path, root: Path = ROOT) -> list[Path]:
    """The `snippets.*` files that a snippet needs, itself first, each once."""
    found, queue = [], [path]
    while queue:
        file = queue.pop(0)
        if file in found:
            continue
        found.append(file)
        package = ".".join(file.relative_to(root).parent.parts)
        for node in ast.walk(ast.parse(file.read_text())):
            names = _candidates(node, package)
            queue += [root / name for name in names if (root / name).exists()]
    return [found[0], *sorted(found[1:])]


def _candidates(node: ast.AST, package: str) -> list[str]:
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom):
        module = resolve_name("." * node.level + (node.module or ""), package)
        names = [module, *(f"{module}.{alias.name}" for alias in node.names)]
    else:
        return []
    return [n.replace(".", "/") + ".py" for n in names if n.startswith("snippets.")]


def of_experiment(path: Path, arguments: dict | None = None, root: Path = ROOT) -> str:
    """Fingerprint of an experiment: its tree, its imports' trees, its arguments."""
    files = imported(path, root)
    trees = [
        [str(file.relative_to(root)), canonical(ast.parse(file.read_text()))]
        for file in files
    ]
    return _sha256([trees, arguments or {}])
