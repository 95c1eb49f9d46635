"""The baseline over seeds: what is told of made-up runs, and a short real one."""

import pytest
import torch
from listing import ROOT

from snippets.fashion_mnist_project import baseline_runs, data
from snippets.fashion_mnist_project.data import load_images


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
    """The report on two made-up seeds of 30 images, 3 of each class."""
    labels = torch.arange(10).repeat(3)
    first, second = labels.clone(), labels.clone()
    first[[6, 16]] = 0  # two of three shirts are taken for a T-shirt
    first[4] = 2  # one coat for a pullover
    second[6] = 0
    logs = [[entry(0.5, 80.0), entry(0.4, 79.0)], [entry(0.6, 81.0), entry(0.3, 84.0)]]
    return baseline_runs.report(logs, [10.0, 12.0], [first, second], labels)


def test_metrics_of_made_up_runs(told):
    metrics = told["metrics"]
    assert metrics["test_accuracy"]["median"] == pytest.approx(50 * (27 + 29) / 30)
    assert metrics["test_lowest"]["median"] == 90
    assert metrics["val_accuracy"]["median"] == 82, "of each seed's best epoch"
    assert metrics["train_accuracy"]["median"] == 82.5, "of the last epoch"
    assert metrics["training_seconds"]["median"] == 11
    assert metrics["training_seconds_longest"]["median"] == 12
    assert metrics["most_confused"]["median"] == 2
    assert metrics["class_6"]["median"] == pytest.approx(50)
    assert metrics["class_9"] == {"median": 100.0, "spread": 0.0, "n": 2}


def test_tables_of_made_up_runs(told):
    classes, pairs = told["tables"]["classes"]["rows"], told["tables"]["confused"]
    assert len(classes) == 10
    assert classes[6] == ["Shirt", "50.0", "33.3", "66.7"]
    assert pairs["rows"][:2] == [
        ["Shirt", "T-shirt/top", "2 of 3"],
        ["Coat", "Pullover", "1 of 3"],
    ]
    assert len(pairs["rows"]) == baseline_runs.PAIRS


def test_series_of_made_up_runs(told):
    series = told["series"]
    assert series["val_loss"] == {"x": [1, 2], "y": [[0.5, 0.4], [0.6, 0.3]]}
    assert series["train_accuracy"]["y"] == [[81.0, 80.0], [82.0, 85.0]]
    assert series["labels"] == "0123456789" * 3
    assert series["predictions"] == "0123250789" + "0123450789" + "0123456789"


def test_predictions_are_of_all_test_images_in_their_order(result, monkeypatch):
    monkeypatch.chdir(ROOT)
    series = result["series"]
    _, labels = load_images(train=False)
    assert series["labels"] == "".join(map(str, labels.tolist()))
    assert len(series["predictions"]) == 10000
    right = sum(map(str.__eq__, series["labels"], series["predictions"]))
    accuracy = result["metrics"]["test_accuracy"]
    assert accuracy["n"] == 2
    low = result["metrics"]["test_lowest"]["median"]
    assert low - 1e-9 <= right / 100 <= 2 * accuracy["median"] - low + 1e-9
    assert 55 < accuracy["median"] < 88


def test_seconds_are_of_training(result):
    assert 0 < result["metrics"]["training_seconds"]["median"] < 120


def test_each_run_is_new_and_says_nothing_on_stdout(monkeypatch, capsys, tmp_path):
    paths = []

    def train_baseline(path, epochs, seed):
        print("epoch 1 of 1")
        assert not path.exists()
        paths.append((path, epochs, seed))
        torch.save({"log": [entry(0.5, 80.0)]}, path)
        return "net"

    monkeypatch.setattr(baseline_runs, "train_baseline", train_baseline)
    monkeypatch.setattr(baseline_runs, "predict", lambda net: net)
    for seed in (0, 1):
        log, seconds, predicted = baseline_runs.run(seed, 5)
        assert log == [entry(0.5, 80.0)] and predicted == "net" and seconds > 0
    assert [given[1:] for given in paths] == [(5, 0), (5, 1)]
    assert paths[0][0] != paths[1][0] and not paths[0][0].exists()
    said = capsys.readouterr()
    assert said.out == "" and "epoch 1 of 1" in said.err
