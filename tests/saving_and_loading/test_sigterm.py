"""Asked to stop, a run saves the step that it is in, and ends."""

import linecache
import os
import signal
import sys

import pytest
from listing import labelled, run_listing

from scripts.page import program
from snippets.saving_and_loading import resume_cost
from snippets.saving_and_loading.checkpoint import load_checkpoint


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """The listing, run once: its names, what it said, its folder, the handler after."""
    folder = tmp_path_factory.mktemp("sigterm")
    with pytest.MonkeyPatch.context() as patch:
        names, text = run_listing("saving_and_loading.sigterm", folder, patch)
    return names, labelled(text), folder, signal.getsignal(signal.SIGTERM)


def test_it_saves_the_step_in_which_it_was_asked(ran):
    names, shown, folder, _ = ran
    assert shown == {"asked to stop": "True", "step in the checkpoint": "7"}
    assert names["step"] == 7  # and no step more
    saved = load_checkpoint(folder / "asked.pt")
    assert set(saved) == {"model", "optimizer", "step"}
    assert saved["optimizer"]["state"][0]["step"] == 7


def test_afterwards_the_signal_ends_a_program_again(ran):
    assert ran[3] == signal.SIG_DFL


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_a_run_that_is_broken_off_leaves_no_handler(tmp_path, monkeypatch, error):
    def broken(*arguments):
        raise error

    monkeypatch.setattr(resume_cost, "full_batch_steps", broken)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with pytest.raises(error):
        run_listing("saving_and_loading.sigterm", tmp_path, monkeypatch)
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


def test_asked_between_two_looks_it_saves_before_it_ends(tmp_path, monkeypatch):
    """The signal comes in the line that ends the run, after the one that saves."""
    monkeypatch.setattr(signal, "raise_signal", lambda number: None)
    seen = []

    def trace(frame, event, argument):
        if not frame.f_code.co_filename.endswith("sigterm.py"):
            return None
        line = linecache.getline(frame.f_code.co_filename, frame.f_lineno).strip()
        if event == "line" and line.startswith("if stop") and not seen:
            seen.append(frame.f_globals["step"])
            os.kill(os.getpid(), signal.SIGTERM)
        return trace

    before = sys.gettrace()  # that of coverage, which would stop for good
    sys.settrace(trace)
    try:
        names, text = run_listing("saving_and_loading.sigterm", tmp_path, monkeypatch)
    finally:
        sys.settrace(before)
    assert seen == [1] and names["step"] == 2
    shown = {"asked to stop": "True", "step in the checkpoint": "2"}
    assert labelled(text) == shown


def test_unasked_it_saves_every_so_often(tmp_path, monkeypatch):
    steps = []
    monkeypatch.setattr(signal, "raise_signal", steps.append)
    names, text = run_listing("saving_and_loading.sigterm", tmp_path, monkeypatch)
    shown = {"asked to stop": "False", "step in the checkpoint": "100"}
    assert labelled(text) == shown and steps == [signal.SIGTERM]


def interrupted(*arguments):
    raise KeyboardInterrupt


@pytest.mark.parametrize("first", ["to its end", "interrupted"])
def test_the_cell_that_stops_may_be_run_again(tmp_path, monkeypatch, first):
    """It alone: it has its handler again, and a flag that nobody has set."""
    blocks = {block.name: block.code for block in program.program("saving-and-loading")}
    cell = blocks["sigterm-stop"]
    # Without a handler this is an error: the signal would end the tests.
    to_handler = lambda number: signal.getsignal(number)(number, None)  # noqa: E731
    monkeypatch.setattr(signal, "raise_signal", to_handler)
    names, _ = run_listing("saving_and_loading.sigterm", tmp_path, monkeypatch)
    exec(blocks["sigterm-handler"], names)  # once, as in a notebook
    real, seen = names["full_batch_steps"], []
    if first == "interrupted":
        names["full_batch_steps"] = interrupted
        with pytest.raises(KeyboardInterrupt):
            exec(cell, names)
    else:
        exec(cell, names)

    def steps(*arguments):
        seen.append((signal.getsignal(signal.SIGTERM), names["stop_asked"]))
        real(*arguments)

    names["full_batch_steps"] = steps
    (tmp_path / "asked.pt").unlink()
    exec(cell, names)
    assert seen == [(names["ask_to_stop"], False)] * 7
    assert load_checkpoint(tmp_path / "asked.pt")["step"] == 7
