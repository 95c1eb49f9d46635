"""Differences are of pairs, each has its uncertainty, and validation alone judges."""

import pytest
import torch
from listing import run_listing

from snippets.fashion_mnist_project import regularise
from snippets.fashion_mnist_project.net import make_baseline
from snippets.fashion_mnist_project.regularise import (
    VARIANTS,
    accuracy_in_train_mode,
    add_layers,
    flip,
    paired,
    verdict,
)


@pytest.fixture(scope="module")
def result(locked):
    """The experiment in its quick settings, with the test set locked."""
    return regularise.main(**regularise.QUICK)


def test_the_difference_is_paired_by_seed():
    mean, error = paired([80.0, 85.0, 90.0], [81.0, 86.0, 91.0])
    assert mean == pytest.approx(1) and error == pytest.approx(0)
    mean, error = paired([80.0, 80.0, 80.0, 80.0], [79.0, 81.0, 79.0, 81.0])
    assert mean == pytest.approx(0)
    assert error == pytest.approx((4 / 3) ** 0.5 / 2), "spread over the root of n"


@pytest.mark.parametrize(
    ("difference", "error", "says"),
    [
        (0.31, 0.1, "yes, better"),
        (-0.31, 0.1, "yes, worse"),
        (0.29, 0.1, "no"),
        (-0.29, 0.1, "no"),
    ],
)
def test_the_rule_is_three_standard_errors(difference, error, says):
    assert verdict(difference, error) == says


def kinds(net):
    return [type(layer).__name__ for layer in net]


def test_layers_are_added_where_they_belong():
    plain = ["Linear", "ReLU", "Linear", "ReLU", "Linear"]
    assert kinds(add_layers()()) == kinds(make_baseline()) == plain
    dropout = add_layers(dropout=0.3)()
    assert kinds(dropout) == ["Linear", "ReLU", "Dropout"] * 2 + ["Linear"]
    assert dropout[2].p == 0.3
    norm = add_layers(norm=True)()
    assert kinds(norm) == ["Linear", "BatchNorm1d", "ReLU"] * 2 + ["Linear"]


@pytest.mark.parametrize("name", list(VARIANTS))
def test_pairs_share_their_first_weights(name):
    def linear(make_net):
        torch.manual_seed(5)
        return [layer.weight for layer in make_net() if kinds([layer]) == ["Linear"]]

    assert all(map(torch.equal, linear(VARIANTS[name][1]), linear(make_baseline)))


@pytest.mark.parametrize(("axis", "other"), [(2, 1), (1, 2)])
def test_flip_turns_about_half_of_the_images(axis, other):
    torch.manual_seed(0)
    x = torch.rand(400, 784)
    turned = flip(x, axis)
    assert turned.shape == x.shape
    whole = x.view(-1, 28, 28).flip(axis).flatten(1)
    left = (turned == x).all(1)
    assert torch.equal(left, ~(turned == whole).all(1))
    assert 150 < left.sum() < 250
    assert not (turned == x.view(-1, 28, 28).flip(other).flatten(1)).all(1).any()


def test_flip_swaps_left_and_right_unless_told():
    x = torch.zeros(64, 28, 28)
    x[:, 0, 0] = 1  # top left
    corners = {
        tuple(spot)
        for spot in flip(x.flatten(1)).view(-1, 28, 28).nonzero()[:, 1:].tolist()
    }
    assert corners == {(0, 0), (0, 27)}
    assert VARIANTS["flip"][2]["augment"] is flip
    upside_down = VARIANTS["upside_down"][2]["augment"]
    spots = upside_down(x.flatten(1)).view(-1, 28, 28).nonzero()[:, 1:].tolist()
    assert {tuple(spot) for spot in spots} == {(0, 0), (27, 0)}


def test_accuracy_in_train_mode_has_dropout_at_work():
    torch.manual_seed(0)
    net = add_layers(dropout=0.5)()
    x = torch.randn(2000, 784)
    net.eval()
    labels = net(x).argmax(1)
    assert 10 < accuracy_in_train_mode(net, x, labels) < 80
    plain = add_layers()()
    assert accuracy_in_train_mode(plain, x, plain(x).argmax(1)) == 100


def made_up(plain, dropout, norm):
    def one(val, **more):
        return {"val": val, "val_at_end": val - 1, "train": val + 3, **more}

    return [
        {
            "plain": one(a),
            "dropout": one(b, in_train_mode=b - 2),
            "norm": one(c),
        }
        for a, b, c in zip(plain, dropout, norm, strict=True)
    ]


def test_report_on_made_up_numbers():
    results = made_up([88.0, 89.0, 90.0], [89.0, 90.0, 91.1], [88.0, 90.0, 89.0])
    told = regularise.report(results, count=5000)
    metrics, rows = told["metrics"], told["tables"]["variants"]["rows"]
    assert metrics["dropout_difference"]["median"] == pytest.approx(31 / 30)
    assert metrics["better"]["median"] == 1, "dropout; batch norm is within the noise"
    assert metrics["noise"]["median"] == 1
    assert metrics["counting_error"]["median"] == pytest.approx(0.4425, abs=1e-3)
    assert metrics["dropout_gap_in_train_mode"]["median"] == -1
    assert metrics["dropout_gap"]["median"] == 4
    assert metrics["plain_gap"]["median"] == 4
    assert rows[0] == ["plain", "89.00 ± 1.00", "", "", "92.0"]
    assert rows[1][2:4] == ["+1.03 ± 0.03", "yes, better"]
    assert rows[2][2:4] == ["+0.00 ± 0.58", "no"]
    assert told["series"]["accuracy"][1] == [89.0, 90.0, 91.1]


def test_every_variant_is_tried_with_its_settings(monkeypatch):
    calls = []

    def trial(make_net, given, seed, epochs, **settings):
        calls.append((make_net, seed, epochs, settings))
        entry = {"val": {"accuracy": 80.0}, "train": {"accuracy": 90.0}}
        best = {"val": {"accuracy": 85.0}, "train": {"accuracy": 0.0}}
        return None, [best, entry]

    monkeypatch.setattr(regularise, "trial", trial)
    monkeypatch.setattr(regularise, "accuracy_in_train_mode", lambda *given: 70.0)
    found = regularise.run(4, (range(9), range(9)), 2, VARIANTS)
    assert calls == [(make, 4, 2, settings) for _, make, settings in VARIANTS.values()]
    assert found["plain"] == {"val": 85.0, "val_at_end": 80.0, "train": 90.0}
    assert found["dropout"]["in_train_mode"] == 70.0


def test_table_series_and_metrics_hold_every_variant(result):
    table = result["tables"]["variants"]
    assert [row[0] for row in table["rows"]] == result["series"]["variants"]
    assert {len(row) for row in table["rows"]} == {len(table["columns"])}
    assert len(result["series"]["accuracy"]) == len(VARIANTS) == 7
    for name in VARIANTS:
        assert 40 < result["metrics"][f"{name}_accuracy"]["median"] < 90
        assert result["metrics"][f"{name}_accuracy"]["n"] == 2


def test_dropout_on_makes_training_accuracy_look_lower(result):
    metrics = result["metrics"]
    seen = metrics["dropout_in_train_mode"]["median"]
    assert seen < metrics["dropout_train_accuracy"]["median"] - 1


def test_the_quick_block(tmp_path, monkeypatch):
    names, text = run_listing(
        "fashion_mnist_project.regularise_quick", tmp_path, monkeypatch
    )
    assert set(names["quick_scores"]) == {"plain", "dropout", "flip"}
    assert all(75 < s < 90 for scores in names["quick_scores"].values() for s in scores)
    assert text.count("  minus plain: ") == 2
    assert names["in_train_mode"] < names["log"][-1]["train"]["accuracy"]
