"""The end of a run: it writes the file, grades it, and prints the grade."""

import sys

import pytest
from listing import run_listing

from snippets.fashion_mnist_project import data
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
    assert read_predictions(folder / "baseline.csv") == predictions.tolist()


def test_the_baseline_cannot_be_taken_for_a_submission(ran):
    """A submission is called predictions.csv: on the page, and in the notebook."""
    assert [path.name for path in ran[2].glob("*.csv")] == ["baseline.csv"]


def test_it_prints_the_grade(ran):
    names, lines, _, predictions = ran
    right = int((predictions == names["test_labels"]).sum())
    assert right > 7500  # a rehearsal, on a tenth of the images
    report = names["report"]
    assert report["right"] == right
    assert lines[5:] == [
        f"test accuracy: {right / 100:.1f} %",
        f"95 % interval: {report['low']:.1f} to {report['high']:.1f} %",
        "the bar for good, 89.5 %, is reached: False",
    ]
    assert report["low"] < right / 100 < report["high"]
