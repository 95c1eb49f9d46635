"""Run functions of a notebook in a new Python, which can be killed without harm."""

# --8<-- [start:process]
import ast
import dis
import inspect
import linecache
import os
import signal
import subprocess
import sys


def definitions(function, call=""):
    """The imports, functions and classes of the cell (or file) that defines it.

    Also assignments of a number or a string, such as `RATE = -0.1`; nothing else.
    Raises ValueError if one of these, or a function, has been changed since, and is
    used: by a function or a class of the cell, or by `call`.
    """
    code = getattr(inspect.unwrap(function), "__code__", None)
    if code is None or code.co_name == "<lambda>":
        raise TypeError(f"{function!r} is not a function; of a class, give a method")
    cell = ast.parse("".join(linecache.getlines(code.co_filename)))
    if not cell.body:
        name = function.__name__
        raise OSError(f"no source of {name}: use a notebook or a file, and no %%time")
    kinds = ast.Import, ast.ImportFrom, ast.ClassDef, ast.FunctionDef
    kinds += (ast.AsyncFunctionDef,)
    cell.body = [p for p in cell.body if isinstance(p, kinds) or is_constant(p)]
    kept = [part for part in cell.body if isinstance(part, kinds)]
    kept += ast.parse(call).body
    used = looked_up(compile(ast.Module(kept, []), "cell", "exec", dont_inherit=True))
    now = function.__globals__
    for name, part in named(cell.body).items():
        if name in used & now.keys() and is_changed(part, now[name], code.co_filename):
            raise ValueError(
                f"{name} is not what it was in the cell of {function.__name__}: change "
                "it there, and run that cell again; or, if that cell itself changes "
                "it, hand it to its functions as an argument"
            )
    return ast.unparse(cell)


def looked_up(code):
    """The global names whose values this code, and each function in it, asks for."""
    asks = "LOAD_NAME", "LOAD_GLOBAL", "LOAD_FROM_DICT_OR_GLOBALS"
    found = {x.argval for x in dis.get_instructions(code) if x.opname in asks}
    return found.union(*map(looked_up, filter(inspect.iscode, code.co_consts)))


def is_constant(part):
    """Is it an assignment of a number or a string, perhaps with a sign before it?"""
    if not isinstance(part, (ast.Assign, ast.AnnAssign)):
        return False
    if not all(isinstance(name, ast.Name) for name in targets(part)):
        return False  # `net.rate = 0.1` needs more than a name
    value = part.value
    signed = isinstance(getattr(value, "op", None), (ast.UAdd, ast.USub))
    return isinstance(value.operand if signed else value, ast.Constant)


def targets(part):
    """What an assignment gives a value to."""
    return part.targets if isinstance(part, ast.Assign) else [part.target]


def named(parts):
    """Functions without a decorator and constants by name, the last of each name."""
    found = {}
    for part in parts:
        if isinstance(part, ast.FunctionDef) and not part.decorator_list:
            found[part.name] = part
        elif isinstance(part, (ast.Assign, ast.AnnAssign)):
            found |= {name.id: part for name in targets(part)}
    return found


def is_changed(part, now, file):
    """Does `now` differ from this constant, or come from another cell than this one?"""
    if isinstance(part, ast.FunctionDef):
        return getattr(getattr(now, "__code__", None), "co_filename", file) != file
    was = ast.literal_eval(part.value)
    return type(now) is not type(was) or now != was  # a tensor would compare otherwise


def in_new_python(call, *functions):
    """Run `call` in a new Python that knows these functions; return its exit code.

    Its output is shown as it comes. Ctrl-C ends it; if this process is killed, it goes
    on until it prints again.
    """
    cells = [definitions(function, call) for function in functions]
    lines = "\n".join([*cells, call]).splitlines()
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
            code = getattr(sys.stdout, "encoding", None) or "utf-8"
            for line in child.stdout:  # what this output cannot show becomes a `?`
                print(line.encode(code, "replace").decode(code), end="")
        except BaseException:  # also Ctrl-C
            child.kill()
            raise
    return child.returncode


def die():
    """End this process at once, in the middle of anything: SIGKILL cannot be caught."""
    kill = getattr(signal, "SIGKILL", signal.SIGTERM)  # Windows has only the second
    os.kill(os.getpid(), kill)


# --8<-- [end:process]
