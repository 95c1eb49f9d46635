"""What the baseline hands in: the predictions of the run that the page shows."""

import re

import pytest
from listing import ROOT

from scripts.captures import capture_file
from scripts.common.paths import captures_of
from snippets.fashion_mnist_project import baseline_runs, data, handed_in
from snippets.fashion_mnist_project.data import load_images
from snippets.fashion_mnist_project.grade import grade

SLUG = "fashion-mnist-project"


@pytest.fixture(scope="module")
def result():
    """The experiment in its quick settings, on a tenth of the images."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        patch.setattr(data, "REHEARSAL", True)
        return handed_in.main(**handed_in.QUICK)


def test_the_predictions_are_those_that_are_counted(result, monkeypatch):
    monkeypatch.chdir(ROOT)
    guesses = [int(digit) for digit in result["series"]["test_predictions"]]
    labels = load_images(train=False)[1].tolist()
    assert result["counts"]["right"] == grade(guesses, labels)["right"] > 5500
    assert result["settings"] == {"seed": 0, "epochs": 1}


def test_it_is_the_run_of_the_baseline_with_seed_0(monkeypatch):
    monkeypatch.chdir(ROOT)
    given = []

    def run(seed, epochs, val_images):
        given.append((seed, epochs, len(val_images)))
        return [], 1.0, None, baseline_runs.torch.zeros(10000, dtype=int)

    monkeypatch.setattr(handed_in, "run", run)
    result = handed_in.main()
    assert given == [(0, 5, 5000)]
    assert result["counts"]["right"] == 1000
    assert result["series"]["test_predictions"] == "0" * 10000


def test_its_grade_is_the_one_that_the_page_prints(monkeypatch):
    """The captured predictions, graded, give what `submit` printed, and seed 0's."""
    monkeypatch.chdir(ROOT)
    folder = captures_of(SLUG)
    captured = capture_file.load(folder / "handed_in.json")["result"]
    guesses = [int(digit) for digit in captured["series"]["test_predictions"]]
    report = grade(guesses, load_images(train=False)[1].tolist())
    printed = (folder / "submit-submit.txt").read_text(encoding="utf-8")
    assert re.findall(r"\d+\.\d", printed)[:3] == [
        f"{report[name]:.1f}" for name in ("accuracy", "low", "high")
    ]
    runs = capture_file.load(folder / "baseline_runs.json")["result"]["series"]
    assert report["per_class"] == runs["test_classes"]
