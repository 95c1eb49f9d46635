"""Functions in a new Python: what it knows, what it says, and how it dies."""

import ast
import functools
import os
import signal
import subprocess
import sys
import time

import pytest
import torch

from scripts.page import program
from snippets.saving_and_loading import new_process
from snippets.saving_and_loading.checkpoint import (
    advice,
    load_checkpoint,
    save_checkpoint,
)
from snippets.saving_and_loading.loop import accuracy
from snippets.saving_and_loading.model import Net
from snippets.saving_and_loading.new_process import definitions, die, in_new_python

TOLD = []  # a new Python must not know what this process did
# The cells of what the page hands over, by the block that does it
CELLS = {
    "kill-kill": ["data-data", "model-net", "trainer-train", "new_process-process"]
    + ["kill-kill", "checkpoint-save", "checkpoint-load", "checkpoint-advice"],
    "doomed-run": ["data-data", "model-net", "loop-loop", "new_process-process"]
    + ["doomed-run"],
}


@torch.no_grad()
def greet(name):
    """Say what torch this is, and that gradients are off."""
    print(f"{name}: torch {torch.__version__}, {torch.is_grad_enabled()}", flush=True)


def test_it_knows_the_functions_and_their_imports(capfd):
    assert in_new_python("greet('child')", greet) == 0
    assert capfd.readouterr().out == f"child: torch {torch.__version__}, False\n"


def test_only_definitions_are_handed_over():
    text = definitions(greet)
    assert "@torch.no_grad()" in text and "import torch" in text
    assert "\nTOLD" not in text  # what a cell *does* is not done again
    assert "class Net" in definitions(Net.forward)
    assert "def train_epoch" in definitions(accuracy)  # the cell, not one function


@pytest.mark.parametrize("block", ["kill-kill", "doomed-run"])
def test_the_cells_of_the_page_bring_every_name_that_they_use(block):
    blocks = {block.name: block.code for block in program.program("saving-and-loading")}
    kinds = ast.Import, ast.ImportFrom, ast.ClassDef, ast.FunctionDef
    parts = [part for name in CELLS[block] for part in ast.parse(blocks[name]).body]
    kept = [p for p in parts if isinstance(p, kinds) or new_process.is_constant(p)]
    text = ast.unparse(ast.Module(kept, type_ignores=[]))
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "F821"]
    done = subprocess.run(
        [*command, "-"], input=text, capture_output=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stdout


def test_what_cannot_be_saved_is_named_there_too(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    call = "import numpy; save_checkpoint('x.pt', {'score': numpy.float64(1)})"
    assert in_new_python(call, save_checkpoint, load_checkpoint, advice) == 1
    said = capfd.readouterr().out
    assert "state['score'] is a numpy.float64" in said and "NameError" not in said


def test_it_dies_as_by_a_power_cut(capfd):
    assert in_new_python("print(1, flush=True); die(); print(2)", die) == -9
    assert capfd.readouterr().out == "1\n"


def test_where_sigkill_is_missing_sigterm_kills(monkeypatch):
    sent = []
    monkeypatch.setattr(os, "kill", lambda *arguments: sent.append(arguments))
    die()
    monkeypatch.delattr(signal, "SIGKILL")
    die()
    assert sent == [(os.getpid(), 9), (os.getpid(), signal.SIGTERM)]


def test_an_error_is_shown_and_has_its_exit_code(capfd):
    assert in_new_python("greet()", greet) == 1
    assert "TypeError" in capfd.readouterr().out


def in_a_notebook(tmp_path, cell, name="cell.py"):
    """The names of a cell that was run, and whose text Python can find."""
    path = tmp_path / name
    path.write_text(cell, encoding="utf-8")
    names = {}
    exec(compile(cell, str(path), "exec"), names)
    return names


def test_a_default_may_be_a_constant_of_the_cell(tmp_path, capfd):
    cell = "RATE, TOLD = 0.5, []\nSTEPS = 3\nNAME = 'a'\nTOLD.append(print('told'))\n"
    cell += "LOW = -0.1\nBIG: int = 5\nx: int\nNOT = -len(NAME)\n"
    cell += "def say(steps=STEPS, name=NAME):\n    print(steps, name, LOW, BIG)\n"
    cell += "    print('NOT' in globals())\n"
    say = in_a_notebook(tmp_path, cell)["say"]
    capfd.readouterr()
    assert in_new_python("say()", say) == 0
    assert capfd.readouterr().out == "3 a -0.1 5\nFalse\n"


CELL = "RATE = -0.5\ndef help(): print('helped')\nasync def wait(): help()\n"
CELL += "import functools\nnet = len\nfunctools.note = 3\n"
CELL += "def say():\n    help()\n    print(RATE, wait)\n"


@pytest.mark.parametrize("change", ["RATE = 0.5", "def help(): print('new')"])
def test_what_was_changed_in_another_cell_is_named(tmp_path, capfd, change):
    names = in_a_notebook(tmp_path, CELL)
    assert in_new_python("say()", names["say"]) == 0
    assert capfd.readouterr().out.startswith("helped\n-0.5 <function wait")
    exec(compile(change, str(tmp_path / "later.py"), "exec"), names)
    name = "RATE" if "RATE" in change else "help"
    wanted = f"^{name} is not what it was in the cell of say: change it there, and run"
    with pytest.raises(ValueError, match=wanted):
        in_new_python("say()", names["say"])


COUNTER = "import torch\nRATE = 1\nstep = 0\nbest: float = 0.0\n"
COUNTER += "def say(best=2):\n    step = 5\n    print(step, best, RATE, torch.step)\n"
COUNTER += "torch.step = 3\nwhile step < 3: step += 1\n"


@pytest.mark.parametrize("best", ["'a'", "torch.ones(2)", "len"])
def test_what_the_cell_counts_itself_is_no_change_where_nobody_asks(tmp_path, best):
    say = in_a_notebook(tmp_path, f"{COUNTER}best = {best}\n")["say"]
    assert "def say" in definitions(say, "say()")


@pytest.mark.parametrize(
    ("more", "call"),
    [
        ("def asks(): print(step)", ""),
        ("def asks(x=step): pass", ""),
        ("class Asks:\n    now = step", ""),
        ("class Asks:\n    def __call__(self): return [step for _ in range(2)]", ""),
        ("def asks(): pass", "say(step)"),
    ],
)
@pytest.mark.parametrize("now", ["7", "torch.ones(2)", "0.0", "None"])
def test_what_the_cell_counts_itself_is_refused_where_it_is_used(
    tmp_path, more, call, now
):
    say = in_a_notebook(tmp_path, f"{COUNTER}{more}\nstep = len('') or {now}\n")["say"]
    wanted = (
        "^step is not what it was in the cell of say: change it there, and run that"
    )
    with pytest.raises(ValueError, match=f"{wanted} cell again; or, .* as an argument"):
        in_new_python(call, say)


def test_the_lesson_pasted_into_one_file_runs_its_functions(tmp_path):
    """The blocks with all names that they assign, and none of what they do."""
    blocks = program.program("saving-and-loading")
    path = tmp_path / "lesson.py"
    path.write_text("\n".join(block.code for block in blocks), encoding="utf-8")
    code = compile("def train(path): pass", str(path), "exec")
    names = {"numbers": iter(()), "best": torch.ones(2), "step": 3}
    exec(code, names)
    assert "def train(" in definitions(names["train"], "train('killed.pt')")


def test_a_letter_that_the_output_cannot_show_kills_nothing(tmp_path):
    program = "from snippets.saving_and_loading.new_process import in_new_python\n"
    program += "print(in_new_python('print(\"epoch 1 \\u2192\")'))"
    environment = os.environ | {"PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"}
    said = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True
    )
    assert said.stdout.decode("cp1252").splitlines() == ["epoch 1 ?", "0"], said.stderr


def test_a_later_cell_may_begin_with_future(tmp_path, capfd):
    cell = "from __future__ import annotations\ndef later(x: Unknown): print(x)\n"
    later = in_a_notebook(tmp_path, cell)["later"]
    assert in_new_python("later(1)", greet, later, Net.forward) == 0
    assert capfd.readouterr().out == "1\n"


@pytest.mark.parametrize(
    "wrong", [Net, functools.partial(greet, "a"), len, 3, lambda: 1]
)
def test_what_is_no_function_is_refused(wrong):
    with pytest.raises(TypeError, match="is not a function; of a class, give a method"):
        in_new_python("print(1)", wrong)


def test_a_path_may_be_a_place_to_import_from(tmp_path, monkeypatch, capfd):
    (tmp_path / "mine.py").write_text("print('imported')\n", encoding="utf-8")
    monkeypatch.setattr(sys, "path", [*sys.path, tmp_path])
    assert in_new_python("import mine") == 0
    assert capfd.readouterr().out == "imported\n"


def test_its_output_is_shown_while_it_runs(tmp_path, monkeypatch):
    """The child waits until this process has shown its first line."""
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)
    seen = tmp_path / "seen"

    def show(line, end):
        shown.append(line)
        seen.write_text("seen", encoding="utf-8")

    shown = []
    monkeypatch.setattr(new_process, "print", show, raising=False)
    call = "import os, time\nprint('first')\nend = time.time() + 20\n"
    call += f"while not os.path.exists({str(seen)!r}) and time.time() < end:\n"
    call += "    time.sleep(0.01)\nprint('seen:', time.time() < end)"
    assert in_new_python(call) == 0
    assert shown == ["first\n", "seen: True\n"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_ctrl_c_ends_it_and_what_it_said_stays(monkeypatch, error):
    shown, children, real = [], [], subprocess.Popen

    def popen(*arguments, **options):
        children.append(real(*arguments, **options))
        return children[0]

    def show(line, end):
        shown.append(line)
        raise error

    monkeypatch.setattr(subprocess, "Popen", popen)
    monkeypatch.setattr(new_process, "print", show, raising=False)
    begun = time.monotonic()
    with pytest.raises(error):
        in_new_python("import time\nprint('first')\ntime.sleep(60)")
    assert shown == ["first\n"] and time.monotonic() - begun < 30
    assert children[0].poll() == -signal.SIGKILL


def test_the_threads_of_the_parent_do_no_harm(capfd):
    """Where a GPU is visible, a fork after this could not train any more."""
    torch.ones(1000, 1000, requires_grad=True).sum().backward()
    call = "net = Net(); net(torch.ones(2, 784)).sum().backward(); print('trained')"
    assert in_new_python(call, Net.forward) == 0
    assert capfd.readouterr().out == "trained\n"


def test_without_its_source_a_function_is_named():
    namespace = {}
    exec("def lost():\n    pass", namespace)  # as typed at a prompt
    with pytest.raises(OSError, match="no source of lost: use a notebook or a file"):
        in_new_python("lost()", namespace["lost"])
