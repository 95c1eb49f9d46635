"""Functions in a new Python: what it knows, what it says, and how it dies."""

import os
import signal

import pytest
import torch

from snippets.saving_and_loading.loop import accuracy
from snippets.saving_and_loading.model import Net
from snippets.saving_and_loading.new_process import definitions, die, in_new_python

TOLD = []  # a new Python must not know what this process did


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
