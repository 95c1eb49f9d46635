"""Run functions of a notebook in a new Python, which can be killed without harm."""

# --8<-- [start:process]
import ast
import inspect
import linecache
import os
import signal
import subprocess
import sys


def definitions(function):
    """The imports, functions and classes of the cell (or file) that defines it."""
    where = inspect.unwrap(function).__code__.co_filename
    cell = ast.parse("".join(linecache.getlines(where)))
    if not cell.body:
        raise OSError(f"no source of {function.__name__}: use a notebook or a file")
    kinds = ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef
    cell.body = [part for part in cell.body if isinstance(part, kinds)]
    return ast.unparse(cell)


def in_new_python(call, *functions):
    """Run `call` in a new Python that knows these functions; return its exit code."""
    program = "\n".join([*map(definitions, functions), call])
    paths = os.pathsep.join(sys.path)  # it imports from the same places
    done = subprocess.run(
        [sys.executable, "-"],
        input=program,
        env={**os.environ, "PYTHONPATH": paths, "PYTHONIOENCODING": "utf-8"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",  # a killed process may end in the middle of a letter
    )
    print(done.stdout, end="")
    return done.returncode


def die():
    """End this process at once, like a power cut: no program can catch SIGKILL."""
    kill = getattr(signal, "SIGKILL", signal.SIGTERM)  # Windows has only the second
    os.kill(os.getpid(), kill)


# --8<-- [end:process]
