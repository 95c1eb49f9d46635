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
    """The imports, functions and classes of the cell (or file) that defines it.

    Also names for a number or a text, such as `RATE = -0.1`; nothing else that it does.
    """
    code = getattr(inspect.unwrap(function), "__code__", None)
    if code is None:
        raise TypeError(f"{function!r} is no function: of a class, name a method")
    cell = ast.parse("".join(linecache.getlines(code.co_filename)))
    if not cell.body:
        name = function.__name__
        raise OSError(f"no source of {name}: use a notebook or a file, and no %%time")
    kinds = ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef
    cell.body = [p for p in cell.body if isinstance(p, kinds) or is_constant(p)]
    return ast.unparse(cell)


def is_constant(part):
    """Is it an assignment of a number or a text, perhaps with a sign before it?"""
    if not isinstance(part, (ast.Assign, ast.AnnAssign)):
        return False
    return isinstance(getattr(part.value, "operand", part.value), ast.Constant)


def in_new_python(call, *functions):
    """Run `call` in a new Python that knows these functions; return its exit code.

    Its output is shown as it comes. Ctrl-C ends it; if this process is killed, it goes
    on until it prints again.
    """
    lines = "\n".join([*map(definitions, functions), call]).splitlines()
    lines.sort(key=lambda line: not line.startswith("from __future__"))  # these first
    paths = os.pathsep.join(map(str, sys.path))  # it imports from the same places
    with subprocess.Popen(
        [sys.executable, "-u", "-"],  # -u: each line is sent at once
        env={**os.environ, "PYTHONPATH": paths, "PYTHONIOENCODING": "utf-8"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",  # a killed process may end in the middle of a letter
    ) as child:
        try:
            child.stdin.write("\n".join(lines))
            child.stdin.close()
            for line in child.stdout:
                print(line, end="")
        except BaseException:  # also Ctrl-C
            child.kill()
            raise
    return child.returncode


def die():
    """End this process at once, like a power cut: no program can catch SIGKILL."""
    kill = getattr(signal, "SIGKILL", signal.SIGTERM)  # Windows has only the second
    os.kill(os.getpid(), kill)


# --8<-- [end:process]
