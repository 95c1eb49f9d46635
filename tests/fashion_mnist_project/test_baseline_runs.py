"""The baseline over seeds: what is told of made-up runs, and a short real one."""

import pytest
import torch
from listing import ROOT

from scripts.render.tables import fashion_mnist_project as tables
from snippets.fashion_mnist_project import baseline_runs, data
from snippets.fashion_mnist_project.data import load_images, load_training


@pytest.fixture(scope="module")
def result():
    """The experiment in its quick settings, on a tenth of the images."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        patch.setattr(data, "REHEARSAL", True)
        return baseline_runs.main(**baseline_runs.QUICK)


def entry(loss, accuracy):
    """A made-up epoch; training is a little better than validation."""
    return {
        "train": {"loss": loss - 0.1, "accuracy": accuracy + 1},
        "val": {"loss": loss, "accuracy": accuracy},
    }


@pytest.fixture
def told():
    """The report on two made-up seeds: 30 validation and 20 test images."""
    labels = torch.arange(10).repeat(3)
    first, second = labels.clone(), labels.clone()
    first[[6, 16]] = 0  # two of three shirts are taken for a T-shirt
    first[4] = 2  # one coat for a pullover
    second[6] = 0
    test_labels = torch.arange(10).repeat(2)
    tested = test_labels.clone()
    tested[[8, 9]] = 7  # a bag and a boot for a sneaker, in the test set alone
    logs = [[entry(0.5, 80.0), entry(0.4, 79.0)], [entry(0.6, 81.0), entry(0.3, 84.0)]]
    val, test = ([first, second], labels), ([tested, test_labels], test_labels)
    return baseline_runs.report(logs, [10.0, 12.0], val, test)


def test_metrics_of_made_up_runs(told):
    metrics = told["metrics"]
    assert metrics["test_accuracy"]["median"] == pytest.approx(95)
    assert metrics["val_accuracy"]["median"] == 82, "of each seed's best epoch"
    assert metrics["train_accuracy"]["median"] == 82.5, "of the last epoch"
    assert metrics["training_seconds"]["median"] == 11
    assert metrics["class_6"]["median"] == pytest.approx(50)
    assert metrics["class_9"] == {"median": 100.0, "spread": 0.0, "n": 2}


def test_what_one_plans_with_is_of_validation_images(told):
    assert told["metrics"]["class_8"]["median"] == 100, "in the test set it is not"
    assert tables.baseline_classes(told)[1][8] == ["Bag", "100.0", "100.0", "100.0"]


def test_the_table_of_made_up_runs(told):
    columns, classes = tables.baseline_classes(told)
    assert len(classes) == 10 and {len(row) for row in classes} == {len(columns)}
    assert classes[6] == ["Shirt", "50.0", "33.3", "66.7"]


def test_series_of_made_up_runs(told):
    series = told["series"]
    assert series["val_loss"] == {"x": [1, 2], "y": [[0.5, 0.4], [0.6, 0.3]]}
    assert series["train_accuracy"]["y"] == [[81.0, 80.0], [82.0, 85.0]]
    assert series["val_labels"] == "0123456789" * 3
    assert series["val_predictions"] == "0123250789" + "0123450789" + "0123456789"
    assert series["test_labels"] == "0123456789" * 2
    assert series["test_classes"] == [100.0] * 8 + [50.0] * 2


def test_labels_and_predictions_stand_in_their_order(result, monkeypatch):
    monkeypatch.chdir(ROOT)
    series, metrics = result["series"], result["metrics"]
    _, labels = load_images(train=False)
    assert series["test_labels"] == "".join(map(str, labels.tolist()))
    _, _, _, val_labels = load_training()
    assert series["val_labels"] == "".join(map(str, val_labels.tolist()))
    right = sum(map(str.__eq__, series["val_labels"], series["val_predictions"]))
    of_seed_0 = series["val_accuracy"]["y"][0][0]  # of one epoch
    assert right / 50 == pytest.approx(of_seed_0)
    assert metrics["test_accuracy"]["n"] == 2
    assert 55 < metrics["test_accuracy"]["median"] < 88


def test_seconds_are_of_training(result):
    assert result["metrics"]["training_seconds"]["median"] > 0


def test_each_run_is_new_and_says_nothing_on_stdout(monkeypatch, capsys, tmp_path):
    paths = []

    def train_baseline(path, epochs, seed):
        print("epoch 1 of 1")
        assert not path.exists()
        paths.append((path, epochs, seed))
        torch.save({"log": [entry(0.5, 80.0)]}, path)
        return "net"

    monkeypatch.setattr(baseline_runs, "train_baseline", train_baseline)
    monkeypatch.setattr(baseline_runs, "predict", lambda net: f"{net}, tested")
    monkeypatch.setattr(baseline_runs, "guess", lambda *given: given)
    for seed in (0, 1):
        log, seconds, guessed, predicted = baseline_runs.run(seed, 5, "images")
        assert log == [entry(0.5, 80.0)] and seconds > 0
        assert guessed == ("net", "images") and predicted == "net, tested"
    assert [given[1:] for given in paths] == [(5, 0), (5, 1)]
    assert paths[0][0] != paths[1][0] and not paths[0][0].exists()
    said = capsys.readouterr()
    assert said.out == "" and "epoch 1 of 1" in said.err
