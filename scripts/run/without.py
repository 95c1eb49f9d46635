"""Run an experiment without the cells of its grid that a GPU has too little memory for.

Standard library alone, like child.py. The experiment's code stays as it is: what it
measures is in arguments of its functions, and these get fewer values. Its lines of
progress say which cell comes next.
"""

import ast
import importlib
import inspect
import json
import re
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from traceback import walk_tb as walk
from types import CodeType, TracebackType

Cell = dict[str, float]  # such as {"width": 8192, "batch": 1024}

# As it is printed, and so short that int() takes it.
NUMBER = r"[1-9][0-9]{0,11}(?![0-9])"
# What a line of progress says of a cell.
SAID = {
    "width": rf"\bwidth ({NUMBER})",
    "batch": rf"\b(?:batch|steps of) ({NUMBER})",
    "size": rf"\bproduct, ({NUMBER})|(?<![\w.])({NUMBER}) images",
}
# Arguments that hold values of a kind. Two others have no list of them: `more_cells`
# holds pairs of width and batch, and `large_batch` one batch, or None.
LISTS = {"widths": "width", "sgd_widths": "width", "batches": "batch", "sizes": "size"}
GRID = (*LISTS, "more_cells", "large_batch")
# How torch and the libraries below it begin when the GPU's memory is full.
NO_MEMORY = re.compile(
    r"CUDA out of memory\b"
    r"|CUDA (driver )?error: (out of memory|CUBLAS_STATUS_ALLOC_FAILED)\b"
    r"|cuDNN error: CUDNN_STATUS_(INTERNAL_ERROR_DEVICE_ALLOCATION|ALLOC)_FAILED\b"
)


def is_no_memory(kind: str, message: str) -> bool:
    """Is it an error of a GPU's memory? One that mentions such an error is another."""
    return kind == "OutOfMemoryError" or NO_MEMORY.match(message) is not None


def cell_of(said: str) -> Cell:
    """The numbers that a line of progress gives of its cell."""
    found = {kind: re.search(pattern, said) for kind, pattern in SAID.items()}
    return {kind: int(match[match.lastindex]) for kind, match in found.items() if match}


def is_left_out(cell: Cell, left_out: list[Cell]) -> bool:
    """Is a cell at least as large, in each number, as one from which on all is?"""
    return any(
        all(cell.get(kind, 0) >= value for kind, value in least.items())
        for least in left_out
    )


def grid(trace: TracebackType, module: str) -> dict:
    """The values that the experiment was going through when it failed, by argument."""
    found: dict = {}
    for frame, _ in walk(trace):
        code, held = frame.f_code, frame.f_locals
        if frame.f_globals.get("__name__") in ("__main__", module):
            taken = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
            found |= {n: held[n] for n in taken if n in GRID and n in held}
    return found


def is_in_loop(trace: TracebackType, place: tuple[CodeType, int] | None) -> bool:
    """Did it fail in the loop that named the cell, or after that had ended?

    `place` is where the cell was named: in which code, and in which line. An experiment
    that names its cells in a function of its own is not seen to be in its loop.
    """
    code, line = place or (None, 0)
    failed = [number for frame, number in walk(trace) if frame.f_code is code]
    if not failed:
        return False  # the function that named the cell has returned
    try:
        tree = ast.parse(Path(code.co_filename).read_text(encoding="utf-8"))
    except (OSError, SyntaxError, ValueError):
        return False  # no file of Python: nobody can tell
    loops = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.For | ast.While)
        and node.lineno <= line <= node.end_lineno
    ]
    inner = max(loops, key=lambda node: node.lineno, default=None)
    return inner is None or inner.lineno <= failed[-1] <= inner.end_lineno


def least(said: str, grid: dict) -> Cell:
    """From where on to leave out cells, so that the one that was named is left out.

    What is larger needs more memory. {} where no argument holds that cell, or nothing
    smaller than it.
    """
    cell = cell_of(said)
    width, batch = cell.get("width"), cell.get("batch")
    if (width, batch) in map(tuple, grid.get("more_cells") or ()):
        return {"width": width, "batch": batch}
    if batch and batch == grid.get("large_batch"):
        return {"large_batch": batch}
    for kind, value in cell.items():
        lists = [grid.get(name, ()) for name, of in LISTS.items() if of == kind]
        held = [v for values in lists for v in values]
        if value in held and min(held) < value:
            return {kind: value}
    return {}


def run(module: str, left_out: list[Cell]) -> None:
    """Print what the experiment's `main` returns without these cells."""
    experiment = importlib.import_module(module)
    for name, function in list(vars(experiment).items()):
        if inspect.isfunction(function):
            setattr(experiment, name, smaller(function, left_out))
    print(json.dumps(experiment.main()))


def smaller(function: Callable, left_out: list[Cell]) -> Callable:
    """The function, which gets what is left of its grid; itself if it takes none."""
    signature = inspect.signature(function)
    taken = [name for name in signature.parameters if name in GRID]

    @wraps(function)
    def called(*args, **kwargs):
        bound = signature.bind(*args, **kwargs)
        for name in taken:
            value = bound.arguments.get(name, signature.parameters[name].default)
            bound.arguments[name] = kept(name, value, left_out)
        return function(*bound.args, **bound.kwargs)

    return called if taken else function


def kept(name: str, value: object, left_out: list[Cell]) -> object:
    """What is left of an argument's value."""
    if name == "large_batch":
        return None if value and is_left_out({name: value}, left_out) else value
    pairs = name == "more_cells"
    cells = [
        dict(zip(("width", "batch"), v, strict=True)) if pairs else {LISTS[name]: v}
        for v in value
    ]
    return tuple(
        v
        for v, cell in zip(value, cells, strict=True)
        if not is_left_out(cell, left_out)
    )
