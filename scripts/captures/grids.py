"""Which cells an experiment can name: its grid and its lines of progress, by its code.

The code is read and not run, so a recorder needs nothing for it.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from scripts.common.once import once
from scripts.common.syntax import parsed
from scripts.run.without import GRID, LISTS, NUMBER, Cell, cell_of

WORD = re.compile(r"[A-Za-z][A-Za-z0-9_]*")  # what an f-string puts in, or a number
Formats = tuple[tuple[str, str], ...]  # of numbers: each one's name, and its type


class Grid(NamedTuple):
    """What an experiment goes through."""

    lines: tuple[str, ...]  # patterns of its lines of progress
    values: dict[str, set[int]]  # by kind, such as "width"; also "large_batch"
    pairs: set[tuple[int, int]]  # width and batch of more cells
    numbers: set[int]  # all whole numbers that its code has
    batches: set[int]  # of any width: from a list, the only one, the large one

    def says(self, line: str) -> bool:
        """Is it a line of progress of this experiment, of a cell on a GPU?"""
        return (
            any(re.fullmatch(pattern, line) for pattern in self.lines)
            and not line.startswith("cpu")
            and self.numbers.issuperset(cell_of(line).values())
        )

    def has(self, least: Cell) -> bool:
        """Is it a cell of the grid, or a value with which cells begin to be large?"""
        if set(least) == {"width", "batch"}:
            return (least["width"], least["batch"]) in self.pairs
        ((kind, value),) = least.items() if len(least) == 1 else [("", 0)]
        values = self.values.get(kind, set())
        return value in values and (kind == "large_batch" or value > min(values))

    def runs(self, line: str) -> bool:
        """Is it of a cell that the experiment goes through, as far as one can see?"""
        cell = cell_of(line)
        if (cell.get("width"), cell.get("batch")) in self.pairs:
            return True
        known = {**self.values, "batch": self.batches}
        return all(
            value in (known.get(kind) or {value}) for kind, value in cell.items()
        )


@once
def grid_of(path: Path) -> Grid:
    """The grid of an experiment's file; one of nothing where there is no such file."""
    code = path.read_text(encoding="utf-8") if path.is_file() else ""
    return _grid(code, _formats(path, code))


def _formats(path: Path, code: str) -> Formats:
    """The `FORMATS` of a file of the tree, or of the one that it has them from."""
    for node in parsed(code).body:
        names = [alias.name for alias in getattr(node, "names", [])]
        names += [getattr(target, "id", "") for target in getattr(node, "targets", [])]
        if "FORMATS" not in names:
            continue
        if isinstance(node, ast.ImportFrom):
            other = path.parents[2] / f"{node.module.replace('.', '/')}.py"
            return _formats(other, other.read_text(encoding="utf-8"))
        types = [ast.unparse(value.elts[0]) for value in node.value.values]
        return tuple(zip([key.value for key in node.value.keys], types, strict=True))
    return ()


@cache
def _grid(code: str, formats: Formats) -> Grid:
    tree = parsed(code)
    lines = tuple(_lines(tree, formats))
    constants = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    values: dict[str, set[int]] = {}
    pairs: set[tuple[int, int]] = set()
    batches: set[int] = set()
    for name, value in _given(tree):
        if name == "more_cells":
            cells = getattr(value, "elts", [])
            pairs |= {tuple(_ints(cell, constants)) for cell in cells}
        elif name == "batch":
            batches |= set(_ints(value, constants))
        elif name in GRID:
            kind = LISTS.get(name, name)
            values[kind] = values.get(kind, set()) | set(_ints(value, constants))
    for kind in ("batch", "large_batch"):
        batches |= values.get(kind, set())
    literals = _literals(tree)
    told = re.findall(NUMBER, " ".join(v for v in literals if isinstance(v, str)))
    numbers = {*map(int, told), *(v for v in literals if type(v) is int)}
    return Grid(lines, {k: v for k, v in values.items() if v}, pairs, numbers, batches)


def _literals(tree: ast.AST) -> list:
    """All texts and numbers that stand in the code."""
    return [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]


def _lines(tree: ast.AST, formats: Formats) -> Iterator[str]:
    """A pattern of each line that it prints on stderr."""
    texts = {str(text) for text in _literals(tree)}
    known = {
        "name": [name for name, _ in formats],
        "dtype": [kind for _, kind in formats],
        "device": ["cuda"],  # no other has too little memory
    }
    rest = [NUMBER, *sorted(filter(WORD.fullmatch, texts))]
    for node in ast.walk(tree):
        given = [ast.unparse(k.value) for k in getattr(node, "keywords", [])]
        if isinstance(node, ast.Call) and "sys.stderr" in given and node.args:
            parts = getattr(node.args[0], "values", [node.args[0]])
            yield "".join(_part(part, known, rest) for part in parts)


def _part(part: ast.AST, known: dict[str, list[str]], rest: list[str]) -> str:
    """A pattern of one part of an f-string: its text, or what can be put in."""
    if isinstance(part, ast.Constant):
        return re.escape(str(part.value))
    name = ast.unparse(getattr(part, "value", part))
    return f"({'|'.join(map(re.escape, known.get(name, []))) or '|'.join(rest)})"


def _given(tree: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """Every name that is given a value: defaults, assignments, arguments of calls."""
    for node in ast.walk(tree):
        if isinstance(node, ast.arguments):
            taken = [*node.posonlyargs, *node.args]
            with_default = taken[len(taken) - len(node.defaults) :]
            pairs = [*zip(with_default, node.defaults, strict=True)]
            pairs += zip(node.kwonlyargs, node.kw_defaults, strict=True)
            yield from ((argument.arg, value) for argument, value in pairs if value)
        elif isinstance(node, ast.keyword) and node.arg:
            yield node.arg, node.value
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                yield from _assigned(target, node.value)


def _assigned(target: ast.AST, value: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """The names on the left of one `=`, each with what it gets, if one can see it."""
    if isinstance(target, ast.Name):
        yield target.id, value
    elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        for one, its in zip(target.elts, value.elts, strict=False):
            yield from _assigned(one, its)


def _ints(value: ast.AST, constants: dict[str, ast.AST]) -> Iterator[int]:
    """The whole numbers in a literal, and in constants of the file that it names."""
    if isinstance(value, ast.Constant) and type(value.value) is int:
        yield value.value
    elif isinstance(value, ast.Tuple | ast.List):
        for element in value.elts:
            yield from _ints(element, constants)
    elif isinstance(value, ast.Starred):
        yield from _ints(value.value, constants)
    elif isinstance(value, ast.Name) and value.id in constants:
        yield from _ints(constants[value.id], constants)
