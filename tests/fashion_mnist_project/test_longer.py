"""Longer training: the loss turns, and the accuracy is told apart from it."""

import pytest
from listing import labelled, run_listing

from snippets.fashion_mnist_project import longer
from snippets.fashion_mnist_project.longer import where_it_turns


def log_of(val_losses, val_accuracies, train_accuracies):
    """A made-up log."""
    return [
        {"train": {"loss": 0.1, "accuracy": t}, "val": {"loss": loss, "accuracy": a}}
        for loss, a, t in zip(val_losses, val_accuracies, train_accuracies, strict=True)
    ]


TURNING = log_of([0.5, 0.4, 0.44, 0.5], [80, 85, 84, 86.5], [81, 87, 90, 96.5])


@pytest.fixture(scope="module")
def result(locked):
    """The experiment in its quick settings, with the test set locked."""
    return longer.main(**longer.QUICK)


def test_where_it_turns():
    turn = where_it_turns(TURNING)
    assert turn.pop("loss_rise_percent") == pytest.approx(25)
    assert turn == {
        "epoch": 2,
        "accuracy_there": 85,
        "accuracy_at_end": 86.5,
        "gap_there": 2,
        "gap_at_end": 10,
    }


def test_a_loss_that_falls_to_the_end_does_not_turn():
    turn = where_it_turns(log_of([0.5, 0.4], [80, 85], [80, 85]))
    assert turn["epoch"] == 2 and turn["loss_rise_percent"] == 0


def test_the_gain_is_of_each_seed():
    falling = log_of([0.5, 0.4, 0.5], [80, 85, 84], [80, 85, 90])
    metrics = longer.report([TURNING[:3], falling])["metrics"]
    assert metrics["accuracy_gain"] == {"median": -1.0, "spread": 0.0, "n": 2}
    metrics = longer.report([TURNING, TURNING[:3] + falling[2:]])["metrics"]
    assert metrics["accuracy_gain"]["median"] == 0.25
    assert metrics["gain_lowest_seed"]["median"] == -1
    assert metrics["accuracy_best"]["median"] == pytest.approx((86.5 + 85) / 2)


def test_on_few_images_the_gap_widens(result):
    metrics = result["metrics"]
    assert metrics["gap_at_end"]["median"] > metrics["gap_there"]["median"]
    assert metrics["train_accuracy_at_end"]["median"] > 85
    assert 70 < metrics["accuracy_at_end"]["median"] < 90
    assert metrics["epoch"]["n"] == longer.QUICK["seeds"]


def test_series_hold_every_seed_and_epoch(result):
    assert set(result["series"]) == {
        f"{split}_{kind}" for split in ("train", "val") for kind in ("loss", "accuracy")
    }
    for line in result["series"].values():
        assert line["x"] == list(range(1, 13))
        assert [len(values) for values in line["y"]] == [12, 12]


def test_only_the_first_images_are_trained_on(monkeypatch):
    asked = []

    def trial(make_net, given, seed, epochs, batch_size):
        asked.append(([len(part) for part in given], seed, epochs, batch_size))
        return None, TURNING

    monkeypatch.setattr(longer, "trial", trial)
    monkeypatch.setattr(
        longer, "load_training", lambda: (range(100), range(100), range(9), range(9))
    )
    longer.main(seeds=2, epochs=7, count=40)
    assert asked == [([40, 40, 9, 9], seed, 7, 64) for seed in (0, 1)]


def test_the_quick_block(tmp_path, monkeypatch):
    names, text = run_listing(
        "fashion_mnist_project.longer_quick", tmp_path, monkeypatch
    )
    said = labelled(text)
    assert float(said["validation loss rises by"].split()[0]) > 5
    there, end = (
        float(said[f"validation accuracy {when}"].split()[0])
        for when in ("there", "at the end")
    )
    assert there > 80 and end > 80
    assert names["turn"]["gap_at_end"] > 1.5 * names["turn"]["gap_there"]
