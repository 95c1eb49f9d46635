"""The baseline over seeds: accuracy, seconds, classes, and what it confuses.

The test set is opened once a seed, after its training, and nothing is chosen by it.
Classes and confusions are something to plan with, so they are of validation images.
"""

import contextlib
import json
import sys
import tempfile
import time
from pathlib import Path

import torch

from snippets.fashion_mnist_project.baseline import train_baseline
from snippets.fashion_mnist_project.data import CLASSES, load_images, load_training
from snippets.fashion_mnist_project.grade import grade
from snippets.fashion_mnist_project.guess import guess
from snippets.fashion_mnist_project.predict import predict
from snippets.measure import summary


def run(seed, epochs, val_images):
    """One run in a folder of its own: log, seconds, predictions of both kinds.

    Those of the validation images are (5000,), those of the test images (10000,).
    """
    print(f"baseline, seed {seed}", file=sys.stderr)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "baseline.pt"
        start = time.perf_counter()
        with contextlib.redirect_stdout(sys.stderr):  # stdout is for the result
            net = train_baseline(path, epochs=epochs, seed=seed)
        seconds = time.perf_counter() - start  # images loaded, checkpoints written
        state = torch.load(path, weights_only=True, map_location="cpu")
    return state["log"], seconds, guess(net, val_images), predict(net)


def digits(numbers):
    """Class numbers as one string, a digit each: 15,000 lines less in the JSON."""
    return "".join(str(number) for number in numbers)


def graded(predictions, labels):
    """A grade for each seed's predictions."""
    return [grade(guesses.tolist(), labels.tolist()) for guesses in predictions]


def report(logs, seconds, val, test):
    """Metrics and series; logs and seconds have an entry a seed.

    `val` and `test` are pairs: predictions, one tensor a seed, and the true labels.
    """
    chosen, tested = graded(*val), graded(*test)
    best = [max(entry["val"]["accuracy"] for entry in log) for log in logs]
    metrics = {
        "test_accuracy": summary([r["accuracy"] for r in tested]),
        "val_accuracy": summary(best),
        "train_accuracy": summary([log[-1]["train"]["accuracy"] for log in logs]),
        "training_seconds": summary(seconds),
    }
    for number in range(10):
        values = [r["per_class"][number] for r in chosen]
        metrics[f"class_{number}"] = summary(values)
    series = {
        f"{split}_{kind}": {
            "x": list(range(1, len(logs[0]) + 1)),
            "y": [[entry[split][kind] for entry in log] for log in logs],
        }
        for split in ("train", "val")
        for kind in ("loss", "accuracy")
    }
    series["test_labels"] = digits(test[1].tolist())  # for the grader in the page
    series["test_classes"] = tested[0]["per_class"]
    series["val_labels"] = digits(val[1].tolist())
    series["val_predictions"] = digits(val[0][0].tolist())
    series["classes"] = [
        {"class": name, "seed": seed, "accuracy": accuracy}
        for seed, found in enumerate(chosen)
        for name, accuracy in zip(CLASSES, found["per_class"], strict=True)
    ]
    return {"metrics": metrics, "series": series}


def main(seeds=3, epochs=5):
    """Train the baseline for each seed, then grade it on validation and test images."""
    _, _, val_images, val_labels = load_training()
    logs, seconds, chosen, tested = zip(
        *(run(seed, epochs, val_images) for seed in range(seeds)), strict=True
    )
    _, labels = load_images(train=False)
    return report(logs, seconds, (chosen, val_labels), (tested, labels))


QUICK = {"seeds": 2, "epochs": 1}

if __name__ == "__main__":
    print(json.dumps(main()))
