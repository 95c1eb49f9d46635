"""The end of a run: it writes the file, grades it, and prints the grade."""

import sys

import pytest
import torch
from listing import run_listing

from snippets.fashion_mnist_project import data
from snippets.fashion_mnist_project.data import CLASSES
from snippets.fashion_mnist_project.predict import predict
from snippets.fashion_mnist_project.read import read_predictions


@pytest.fixture(scope="module")
def ran(tmp_path_factory, one_thread):
    """Its names, the lines it printed, and the folder with the file that it wrote."""
    folder = tmp_path_factory.mktemp("submit")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TQDM_DISABLE", "1")
        patch.setattr(data, "REHEARSAL", True)
        # Importing it trains: here, in this folder, and never again.
        module = "snippets.fashion_mnist_project.baseline_run"
        patch.delitem(sys.modules, module, raising=False)
        names, text = run_listing("fashion_mnist_project.submit", folder, patch)
        sys.modules.pop(module)
        predictions = predict(names["baseline"])
    return names, text.splitlines(), folder, predictions


def test_the_file_holds_the_predictions_of_the_baseline(ran):
    _, _, folder, predictions = ran
    assert read_predictions(folder / "predictions.csv") == predictions.tolist()


def test_it_prints_the_grade(ran):
    names, lines, _, predictions = ran
    right = int((predictions == names["labels"]).sum())
    assert right > 7500  # a rehearsal, on a tenth of the images
    assert lines[5] == f"test accuracy: {right / 100:.2f} %"
    report = names["report"]
    interval = f"{report['low']:.2f} to {report['high']:.2f} %"
    assert lines[6] == f"95 % interval: {interval}"
    assert report["low"] < right / 100 < report["high"]
    bars = "{'baseline': 87.0, 'good': 89.5, 'distinction': 90.3}"
    assert lines[7] == f"bar reached: {report['bar'] or 'none'} of {bars}"


def test_it_prints_each_class(ran):
    names, lines, _, predictions = ran
    assert len(lines) == 5 + 3 + 10
    for number, line in enumerate(lines[8:]):
        of_class = predictions[names["labels"] == number]
        accuracy = 100 * (of_class == number).double().mean().item()
        assert line == f"{CLASSES[number]}: {accuracy:.1f} %"
    assert torch.bincount(names["labels"]).tolist() == [1000] * 10
