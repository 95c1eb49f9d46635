"""autocast around all the steps freezes the training, for the reason that is given."""

import functools

import pytest
import torch
from listing import labelled, run_listing

from snippets.gpu_training.model import make_net


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    folder = tmp_path_factory.mktemp("frozen")
    with pytest.MonkeyPatch.context() as monkeypatch:
        names, text = run_listing("gpu_training.frozen", folder, monkeypatch)
    return names, labelled(text)


def number(said, label):
    return float(said[f"autocast {label}"])


def test_around_all_steps_the_loss_stands_still(ran):
    _, said = ran
    first, last = (number(said, f"around all steps, loss of step {n}") for n in (1, 60))
    assert first == last


def test_the_weights_moved_all_the_same_and_blindly(ran):
    _, said = ran
    first = number(said, "around all steps, loss of step 1")
    after = number(said, "around all steps, loss with the weights as they are")
    assert after > 1.5 * first


def test_in_each_step_it_learns(ran):
    _, said = ran
    first = number(said, "in each step, loss of step 1")
    assert first == number(said, "around all steps, loss of step 1")  # the same start
    assert number(said, "in each step, loss of step 60") < 0.2 * first
    after = number(said, "in each step, loss with the weights as they are")
    assert after < 0.2 * first


def train(names, how, steps=5):
    torch.manual_seed(0)
    net = make_net(16).to(names["device"])
    optimizer = torch.optim.Adam(net.parameters())
    return names[how](net, optimizer, names["few_images"], names["few_labels"], steps)


def test_the_kept_copies_are_the_cause(ran, monkeypatch):
    names, _ = ran
    assert len(set(train(names, "train_frozen"))) == 1
    no_copies = functools.partial(torch.autocast, cache_enabled=False)
    monkeypatch.setattr(torch, "autocast", no_copies)
    right = train(names, "train_right")
    assert train(names, "train_frozen") == pytest.approx(right, rel=1e-3)


def test_a_with_inside_a_with_does_not_help(ran):
    names, _ = ran
    with torch.autocast(names["device"].type, dtype=torch.bfloat16):
        assert len(set(train(names, "train_right"))) == 1
    assert len(set(train(names, "train_right"))) == 5
