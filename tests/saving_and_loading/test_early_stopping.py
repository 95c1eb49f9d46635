"""Early stopping: stops in time, keeps the best, and a restart changes nothing."""

import math
import os
import pathlib

import pytest
import torch
from listing import run_listing


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The listing, run once: its names, what it said, and its folder."""
    folder = tmp_path_factory.mktemp("early")
    with pytest.MonkeyPatch.context() as patch:
        names, text = run_listing("saving_and_loading.early_stopping", folder, patch)
    said = dict(line.rsplit(": ", 1) for line in text.splitlines() if ": " in line)
    return names, said, folder


@pytest.fixture
def names(run, monkeypatch):
    """The listing's names, in its folder."""
    monkeypatch.chdir(run[2])
    return run[0]


def load(name):
    return torch.load(name, weights_only=True, map_location="cpu")


def same(first, second):
    return all(torch.equal(first[name], second[name]) for name in first)


def test_it_stops_three_epochs_after_the_best(names, monkeypatch):
    scores = []
    real = names["validation_loss"]

    def recorded(net):
        scores.append(real(net))
        return scores[-1]

    train = names["train_until_worse"]
    monkeypatch.setitem(train.__globals__, "validation_loss", recorded)
    epoch, best = train("recorded.pt")
    assert epoch == len(scores) < 30
    assert best == min(scores) == scores[-4]
    assert load("recorded.pt")["bad_epochs"] == 3


@pytest.mark.parametrize(
    ("patience", "stops", "best"), [(1, 3, 0.9), (2, 6, 0.8), (3, 10, 0.7)]
)
def test_patience_counts_anew_from_each_better_epoch(
    names, monkeypatch, patience, stops, best
):
    losses = iter([1.0, 0.9, 0.95, 0.8, 0.8, 0.85, 0.7, 0.9, 0.9, 0.9, 0.9])
    train = names["train_until_worse"]
    monkeypatch.setitem(train.__globals__, "validation_loss", lambda net: next(losses))
    monkeypatch.setitem(train.__globals__, "train_epoch", lambda *ignored: None)
    path = f"patience-{patience}.pt"
    assert train(path, patience=patience) == (stops, best)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
@pytest.mark.parametrize("good", [0, 2])
def test_nan_is_named_when_it_appears(names, monkeypatch, bad, good):
    """Patience alone would stop quietly, with a best score of inf and no best model."""
    losses = iter([0.9, 0.8][:good] + [bad] * 5)
    train = names["train_until_worse"]
    monkeypatch.setitem(train.__globals__, "validation_loss", lambda net: next(losses))
    monkeypatch.setitem(train.__globals__, "train_epoch", lambda *ignored: None)
    path = f"diverged-{bad}-{good}.pt"
    with pytest.raises(ValueError, match="lower the learning rate") as caught:
        train(path)
    assert f"is {bad} after epoch {good + 1}" in str(caught.value)
    assert path in str(caught.value)
    assert os.path.exists(path) is bool(good)
    if good:  # what is there is from before
        assert load(path)["epoch"] == good and load(path)["best"] == 0.8


def test_a_rate_that_is_far_too_high_is_found_out(names, monkeypatch):
    adam = torch.optim.Adam
    train = names["train_until_worse"]
    monkeypatch.setattr(torch.optim, "Adam", lambda p, lr: adam(p, lr=1e30))
    with pytest.raises(ValueError, match="the validation loss is nan after epoch 1"):
        train("too-fast.pt")


def test_the_best_model_is_kept_and_not_the_last(run, names):
    saved = load("early.pt")
    assert not same(saved["best_model"], saved["model"])
    net = names["Net"]()
    net.load_state_dict(saved["best_model"])
    assert names["validation_loss"](net) == pytest.approx(saved["best"], abs=1e-6)
    last = float(run[1]["validation loss of the last model"])
    assert last > float(run[1]["validation loss of the best model"]) + 0.02


def test_a_restart_that_forgets_overwrites_the_best_with_a_worse(run, names):
    forgetful, early = load("forgetful.pt"), load("early.pt")
    assert forgetful["best"] > early["best"] + 0.01
    assert forgetful["epoch"] > early["epoch"]
    assert not same(forgetful["best_model"], early["best_model"])
    assert run[1]["epochs without a better one"] == "2"


def test_a_restart_that_remembers_ends_as_the_unbroken_run(run, names):
    cut, early = load("cut.pt"), load("early.pt")
    for key in ("epoch", "best", "bad_epochs"):
        assert cut[key] == early[key]
    assert same(cut["best_model"], early["best_model"])
    assert same(cut["model"], early["model"])
    assert run[1]["same best weights, bit for bit"] == "True"


def test_wherever_it_is_cut_it_ends_the_same(names):
    early = load("early.pt")
    for epochs in (1, 5):  # before the best, and at it
        path = f"cut-{epochs}.pt"
        assert names["train_until_worse"](path, epochs=epochs)[0] == epochs
        assert names["train_until_worse"](path) == (early["epoch"], early["best"])
        assert same(load(path)["best_model"], early["best_model"])


def test_a_run_that_stopped_goes_on_rightly_with_more_patience(names):
    """Neither patience nor the limit of epochs changes what an epoch does."""
    train, early = names["train_until_worse"], load("early.pt")
    assert train("patient.pt", patience=1)[0] < early["epoch"]
    assert train("patient.pt", patience=3) == (early["epoch"], early["best"])
    assert same(load("patient.pt")["model"], early["model"])


def test_a_finished_run_trains_no_more(run, names):
    before = load("early.pt")
    assert names["train_until_worse"]("early.pt") == (before["epoch"], before["best"])
    assert same(load("early.pt")["model"], before["model"])
    assert run[1]["started once more"] == "0 epochs trained"


@pytest.mark.parametrize("never", [{"patience": 0}, {"epochs": 0}, {"patience": -1}])
def test_a_run_that_would_never_train_is_refused(names, never):
    with pytest.raises(ValueError, match="give 1 or more"):
        names["train_until_worse"]("never.pt", **never)
    assert not pathlib.Path("never.pt").exists()


@pytest.mark.parametrize("other", [{"weight": 1}, [1, 2]])
def test_a_file_of_another_kind_is_refused_and_left_alone(names, other):
    names["save_checkpoint"]("other.pt", other)
    with pytest.raises(ValueError, match="other.pt is not from train_until_worse"):
        names["train_until_worse"]("other.pt")
    assert names["load_checkpoint"]("other.pt") == other
