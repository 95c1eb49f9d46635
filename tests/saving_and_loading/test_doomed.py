import os

import pytest
from listing import captured, labelled, run_listing

from snippets.saving_and_loading import new_process


class PowerCut(Exception):
    """Raised in place of the signal, so that the test outlives it."""


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    folder = tmp_path_factory.mktemp("doomed")
    with pytest.MonkeyPatch.context() as monkeypatch:
        names, text = run_listing("saving_and_loading.doomed", folder, monkeypatch)
    return names, text, folder


def test_the_run_is_killed_in_epoch_47(ran):
    text = ran[1]
    assert labelled(text)["exit code"] == "-9"
    epochs = [line for line in text.splitlines() if line.startswith("epoch")]
    assert epochs[0].startswith("epoch 1 of 50: loss ")
    assert epochs[-1].startswith("epoch 46 of 50: loss ")


def test_it_had_learned_something(ran):
    lines = [line for line in ran[1].splitlines() if line.startswith("epoch")]
    losses = [float(line.split()[-1]) for line in lines]
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < losses[0] / 4


def test_nothing_is_left(ran):
    names, text, folder = ran
    assert labelled(text)["new files"] == "[]"
    assert os.listdir(folder) == ["data"]
    score = names["accuracy"](names["net"], names["images"], names["labels"])
    assert 2 < score < 25  # chance is 10 %
    assert labelled(text)["a new net"] == f"{score:.1f} % right"


def test_a_file_that_was_left_would_be_named(tmp_path, monkeypatch):
    left = iter([["data"], ["data", "net.pt"]])  # what os.listdir finds each time
    monkeypatch.setattr(os, "listdir", lambda: next(left))
    monkeypatch.setattr(new_process, "in_new_python", lambda *_: 0)
    _, text = run_listing("saving_and_loading.doomed", tmp_path, monkeypatch)
    assert labelled(text)["new files"] == "['net.pt']"
    assert labelled(text)["exit code"] == "0"


def test_the_power_fails_at_the_start_of_the_epoch(ran, monkeypatch):
    names, text = ran[0], []

    def die():
        raise PowerCut

    monkeypatch.chdir(ran[2])
    assert names["die"] is new_process.die
    monkeypatch.setitem(names["train_and_forget"].__globals__, "die", die)
    with captured(text), pytest.raises(PowerCut):
        names["train_and_forget"](epochs=3, dies_in_epoch=2)
    assert text[0].splitlines()[-1].startswith("epoch 1 of 3")


def test_without_the_power_cut_it_reaches_the_end(ran, monkeypatch):
    names, text = ran[0], []
    monkeypatch.chdir(ran[2])
    with captured(text):
        names["train_and_forget"](epochs=10)
    assert text[0].splitlines()[-1].startswith("epoch 10 of 10")
