"""The checklist passes what is sound and names what is broken, bug by bug."""

import pytest
import torch
from listing import ROOT

from snippets.fashion_mnist_project.baseline import train_step
from snippets.fashion_mnist_project.checklist import check_training
from snippets.fashion_mnist_project.data import load_training
from snippets.fashion_mnist_project.net import make_baseline, nn


@pytest.fixture(scope="module")
def batch():
    """64 training images and their labels."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        images, labels, *_ = load_training()
        return images[:64], labels[:64]


def lines(capsys):
    """The first word of each printed line: passed, FAILED or note."""
    text = capsys.readouterr().out
    return [line.split(":")[0] for line in text.splitlines()], text


def linear():
    return nn.Sequential(nn.Linear(784, 10))


def frozen():
    net = make_baseline()
    net[2].weight.requires_grad_(False)
    return net


def test_its_docstring_counts_its_checks(batch, capsys):
    check_training(make_baseline, *batch, steps=1)
    words = lines(capsys)[0]
    assert len(words) - words.count("note") == 3 and words.count("note") == 1
    says = check_training.__doc__
    assert says.startswith("Print three checks") and "a note" in says


@pytest.mark.parametrize("make_net", [make_baseline, linear])
def test_a_sound_net_passes_however_limited(batch, capsys, make_net):
    assert check_training(make_net, *batch) is True
    assert lines(capsys)[0] == ["passed", "passed", "passed", "note"]


def test_a_softmax_before_the_loss_cannot_learn_one_batch_by_heart(batch, capsys):
    softmax = nn.Sequential(*make_baseline(), nn.Softmax(dim=1))
    assert check_training(lambda: softmax, *batch) is False
    words, text = lines(capsys)
    assert words == ["passed", "FAILED", "passed", "note"]
    assert "loss 1.5" in text


def test_a_frozen_parameter_is_named(batch, capsys):
    assert check_training(frozen, *batch, steps=150) is False
    words, text = lines(capsys)
    assert words[2] == "FAILED" and "moves: 2.weight\n" in text


def test_images_that_are_not_scaled_show_at_the_start(batch, capsys):
    x, y = batch
    assert check_training(make_baseline, 1000 * x, y, steps=10) is False
    assert lines(capsys)[0][0] == "FAILED"


def test_a_step_that_updates_nothing(batch, capsys):
    def forgets(net, optimizer, scaler, x, y):
        nn.functional.cross_entropy(net(x), y).backward()

    assert check_training(make_baseline, *batch, step=forgets, steps=5) is False
    words, text = lines(capsys)
    assert words[1:3] == ["FAILED", "FAILED"]
    assert "0.weight, 0.bias, 2.weight, 2.bias, 4.weight, 4.bias" in text


@pytest.mark.parametrize("rate", [1e-7, 10.0])
def test_a_learning_rate_that_is_far_off(batch, capsys, rate):
    assert check_training(make_baseline, *batch, rate=rate, steps=100) is False
    assert lines(capsys)[0][1] == "FAILED"


@pytest.mark.parametrize(("extra", "same"), [(nn.ReLU(), True), (nn.Dropout(), False)])
def test_it_notes_whether_the_modes_differ(batch, capsys, extra, same):
    def make_net():
        return nn.Sequential(nn.Linear(784, 64), extra, nn.Linear(64, 10))

    check_training(make_net, *batch, steps=5)
    assert f"the same outputs: {same}" in lines(capsys)[1]


def test_it_takes_the_readers_own_step(batch):
    seen = []

    def step(net, optimizer, scaler, x, y):
        seen.append((len(x), optimizer.param_groups[0]["lr"]))
        train_step(net, optimizer, scaler, x, y)

    check_training(make_baseline, *batch, rate=0.002, step=step, steps=3)
    assert seen == [(64, 0.002)] * 3


def test_it_is_the_same_again(batch, capsys):
    for _ in range(2):
        check_training(make_baseline, *batch, steps=5)
        torch.rand(1)
    text = capsys.readouterr().out.splitlines()
    assert text[:4] == text[4:]


def test_what_was_learnt_by_heart_is_asked_for_in_eval_mode(batch, capsys):
    def make_net():
        return nn.Sequential(nn.Dropout(0.8), *make_baseline())

    check_training(make_net, *batch)
    assert "passed: overfit one batch" in lines(capsys)[1]
