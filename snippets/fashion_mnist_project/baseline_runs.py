"""The baseline over seeds: accuracy, seconds, classes, and what it confuses.

The test set is opened once a seed, after its training, and nothing is chosen by it.
"""

import contextlib
import json
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import torch

from snippets.fashion_mnist_project.baseline import train_baseline
from snippets.fashion_mnist_project.data import CLASSES, load_images
from snippets.fashion_mnist_project.grade import grade
from snippets.fashion_mnist_project.predict import predict
from snippets.measure import summary

PAIRS = 8  # rows of the table of confusions


def run(seed, epochs):
    """One run in a folder of its own: log, seconds, test predictions (10000,)."""
    print(f"baseline, seed {seed}", file=sys.stderr)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "baseline.pt"
        start = time.perf_counter()
        with contextlib.redirect_stdout(sys.stderr):  # stdout is for the result
            net = train_baseline(path, epochs=epochs, seed=seed)
        seconds = time.perf_counter() - start  # images loaded, checkpoints written
        state = torch.load(path, weights_only=True, map_location="cpu")
    return state["log"], seconds, predict(net)


def digits(numbers):
    """Class numbers as one string, a digit each: 10,000 lines less in the JSON."""
    return "".join(str(number) for number in numbers)


def per_class_table(reports):
    """Accuracy of each class: the median over seeds, the lowest and the highest."""
    rows = []
    for name, values in zip(
        CLASSES, zip(*(r["per_class"] for r in reports), strict=True), strict=True
    ):
        cells = [f"{value:.1f}" for value in (median(values), min(values), max(values))]
        rows.append([name, *cells])
    columns = ["class", "accuracy, %, median", "lowest seed", "highest seed"]
    return {"columns": columns, "rows": rows}


def confused(confusion):
    """Pairs (count, true class, predicted class) of wrong answers, most first."""
    pairs = [
        (count, true, guess)
        for true, row in enumerate(confusion)
        for guess, count in enumerate(row)
        if true != guess
    ]
    return sorted(pairs, key=lambda pair: (-pair[0], *pair[1:]))


def confused_table(confusion):
    """The pairs most often confused; the count is of the images of the true class."""
    rows = [
        [CLASSES[true], CLASSES[guess], f"{count} of {sum(confusion[true]):,}"]
        for count, true, guess in confused(confusion)[:PAIRS]
    ]
    return {"columns": ["true class", "predicted", "images"], "rows": rows}


def report(logs, seconds, predictions, labels):
    """Metrics, series and tables; a list entry a seed, `labels` (10000,) for all."""
    labels = labels.tolist()
    reports = [grade(guesses.tolist(), labels) for guesses in predictions]
    best = [max(entry["val"]["accuracy"] for entry in log) for log in logs]
    metrics = {
        "test_accuracy": summary([r["accuracy"] for r in reports]),
        "test_lowest": summary([min(r["accuracy"] for r in reports)]),
        "val_accuracy": summary(best),
        "train_accuracy": summary([log[-1]["train"]["accuracy"] for log in logs]),
        "training_seconds": summary(seconds),
        "training_seconds_longest": summary([max(seconds)]),
        "most_confused": summary([confused(reports[0]["confusion"])[0][0]]),
    }
    for number in range(10):
        values = [r["per_class"][number] for r in reports]
        metrics[f"class_{number}"] = summary(values)
    series = {
        f"{split}_{kind}": {
            "x": list(range(1, len(logs[0]) + 1)),
            "y": [[entry[split][kind] for entry in log] for log in logs],
        }
        for split in ("train", "val")
        for kind in ("loss", "accuracy")
    }
    series["labels"] = digits(labels)
    series["predictions"] = digits(predictions[0].tolist())
    tables = {
        "classes": per_class_table(reports),
        "confused": confused_table(reports[0]["confusion"]),
    }
    return {"metrics": metrics, "series": series, "tables": tables}


def main(seeds=3, epochs=5):
    """Train the baseline for each seed, then grade it on the test set."""
    logs, seconds, predictions = zip(
        *(run(seed, epochs) for seed in range(seeds)), strict=True
    )
    _, labels = load_images(train=False)
    return report(logs, seconds, predictions, labels)


QUICK = {"seeds": 2, "epochs": 1}

if __name__ == "__main__":
    print(json.dumps(main()))
