"""Differences are of pairs, each has its uncertainty, and validation alone judges."""

import pytest
import torch
from listing import run_listing

from scripts.render.tables import fashion_mnist_project as tables
from snippets.fashion_mnist_project import regularise
from snippets.fashion_mnist_project.net import make_baseline
from snippets.fashion_mnist_project.regularise import (
    VARIANTS,
    accuracy_in_train_mode,
    add_layers,
    compare,
    flip,
    paired,
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


@pytest.mark.parametrize("sign", [1, -1])
def test_the_rule_is_three_standard_errors(sign):
    plain = [80.0, 80.0, 80.0, 80.0]  # gains of ±1 around a mean: an error of 0.577
    for mean, beyond in ((1.74, True), (1.72, False)):
        other = [80 + sign * mean + step for step in (-1, 1, -1, 1)]
        pair = compare(plain, other)
        assert pair["difference"] == pytest.approx(sign * mean, abs=1e-4)
        assert pair["beyond"] == beyond


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

    assert all(map(torch.equal, linear(VARIANTS[name][0]), linear(make_baseline)))


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
    assert VARIANTS["flip"][1]["augment"] is flip
    upside_down = VARIANTS["upside_down"][1]["augment"]
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


def made_up(**variants):
    """Made-up rows: a list of best validation accuracies, a seed each, per variant."""
    return [
        {
            "variant": name,
            "seed": seed,
            "val": val,
            "val_at_end": val - 1,
            "train": val + 3,
            **({"in_train_mode": val - 2} if name == "dropout" else {}),
        }
        for name, values in variants.items()
        for seed, val in enumerate(values)
    ]


def test_report_on_made_up_numbers():
    found = made_up(
        plain=[88.0, 89.0, 90.0], dropout=[89.0, 90.0, 91.1], norm=[88.0, 90.0, 89.0]
    )
    told = regularise.report(found)
    metrics, (_, rows) = told["metrics"], tables.regularise_variants(told)
    assert metrics["dropout_difference"]["median"] == pytest.approx(31 / 30)
    assert told["counts"] == {"better": 1}, "dropout; batch norm is within the noise"
    assert metrics["plain_accuracy"] == {"median": 89, "spread": 1, "n": 3}
    assert metrics["dropout_gap_in_train_mode"]["median"] == -1
    assert metrics["dropout_gap"]["median"] == 4
    assert metrics["plain_gap"]["median"] == 4
    assert rows[0] == ["plain", "", "", "89.00 ± 1.00", "92.0"]
    assert rows[1][1:3] == ["yes, better", "+1.03 ± 0.03"]
    assert rows[2][1:3] == ["no", "+0.00 ± 0.58"]
    worse = regularise.report(made_up(plain=[88, 89], dropout=[80, 81.1]))
    assert worse["counts"] == {"better": 0}
    assert tables.regularise_variants(worse)[1][1][1] == "yes, worse"


def test_every_variant_is_tried_with_its_settings(monkeypatch):
    calls = []

    def trial(make_net, given, seed, epochs, **settings):
        calls.append((make_net, seed, epochs, settings))
        entry = {"val": {"accuracy": 80.0}, "train": {"accuracy": 90.0}}
        best = {"val": {"accuracy": 85.0}, "train": {"accuracy": 0.0}}
        return None, [best, entry]

    monkeypatch.setattr(regularise, "trial", trial)
    monkeypatch.setattr(regularise, "accuracy_in_train_mode", lambda *given: 70.0)
    found = {
        name: regularise.run(name, 4, (range(9), range(9)), 2) for name in VARIANTS
    }
    assert calls == [(make, 4, 2, settings) for make, settings in VARIANTS.values()]
    numbers = {"val": 85.0, "val_at_end": 80.0, "train": 90.0}
    assert found["plain"] == {"variant": "plain", "seed": 4, **numbers}
    assert found["dropout"]["in_train_mode"] == 70.0


def test_table_series_and_metrics_hold_every_variant(result):
    columns, rows = tables.regularise_variants(result)
    assert [row[0] for row in rows] == list(tables.VARIANTS.values())
    assert {len(row) for row in rows} == {len(columns)}
    assert set(tables.VARIANTS) == set(VARIANTS) and len(VARIANTS) == 7
    for name in VARIANTS:
        found = tables.column(result["series"]["runs"], "val", variant=name)
        assert len(found) == 2 and all(40 < accuracy < 90 for accuracy in found)
        assert name == "plain" or f"{name}_difference" in result["metrics"]


def test_dropout_on_makes_training_accuracy_look_lower(result):
    runs = [row for row in result["series"]["runs"] if row["variant"] == "dropout"]
    for row in runs:
        assert row["in_train_mode"] < row["train"] - 1
    assert len(runs) == 2


def test_the_quick_block(tmp_path, monkeypatch):
    names, text = run_listing(
        "fashion_mnist_project.regularise_quick", tmp_path, monkeypatch
    )
    assert set(names["quick_scores"]) == {"plain", "dropout", "flip"}
    assert all(75 < s < 90 for scores in names["quick_scores"].values() for s in scores)
    assert text.count("  minus plain: ") == 2
    assert names["in_train_mode"] < names["log"][-1]["train"]["accuracy"]
