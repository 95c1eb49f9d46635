"""The references over seeds: what they reach, what it costs, whether the bars stand.

A bar stands if each seed of its reference reaches it and no seed of the level below
does. The test set is opened once a run, at its end, and chooses nothing.

How soon good validation is reached is counted in CPU seconds from the call of the
training function, all threads together. A run that never gets there counts with its
whole time, which flatters it: it never got there.
"""

import contextlib
import json
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

from snippets.fashion_mnist_project.baseline import train_baseline
from snippets.fashion_mnist_project.checkpoint import torch
from snippets.fashion_mnist_project.data import load_images, load_training
from snippets.fashion_mnist_project.grade import BARS, grade
from snippets.fashion_mnist_project.predict import predict
from snippets.fashion_mnist_project.reference import DISTINCTION, GOOD, train
from snippets.fashion_mnist_project.textbook import SOFTMAX, TEXTBOOK
from snippets.measure import summary

RECIPES = {"softmax": SOFTMAX, "baseline": None, "textbook": TEXTBOOK}
RECIPES |= {"good": GOOD, "distinction": DISTINCTION}  # baseline: its own function
LADDER = ["softmax", *BARS]  # each level below the next
TARGET = 90.0  # validation accuracy, %
# Reported, not measured here: the README of github.com/zalandoresearch/fashion-mnist,
# for 1,000 test images, three laymen an image, the majority's label
PEOPLE = 83.5


def train_level(name, data, path, on_step, seed, longest):
    """Train a level for at most `longest` epochs; returns its predictions, (10000,).

    The baseline reads its data itself: all of it.
    """
    recipe = RECIPES[name]
    if recipe is None:
        return predict(train_baseline(path, on_step, min(5, longest), seed=seed))
    epochs = min(recipe["epochs"], longest)
    return train(data, path, on_step, recipe | {"epochs": epochs}, seed)


def run(name, data, seed, longest):
    """One run: predictions, best validation, seconds, CPU seconds, and its curve."""
    print(f"{name}, seed {seed}", file=sys.stderr)
    marks = []  # CPU seconds after each step
    to_stderr = contextlib.redirect_stdout(sys.stderr)  # stdout is for the result
    with tempfile.TemporaryDirectory() as folder, to_stderr:
        path = Path(folder) / "run.pt"
        start, cpu = time.perf_counter(), time.process_time()
        predictions = train_level(
            name,
            data,
            path,
            lambda step: marks.append(time.process_time() - cpu),
            seed,
            longest,
        )
        marks.append(time.process_time() - cpu)
        seconds = time.perf_counter() - start
        log = torch.load(path, weights_only=True, map_location="cpu")["log"]
    accuracies = [entry["val"]["accuracy"] for entry in log]
    return {
        "level": name,
        "seed": seed,
        "predictions": predictions.tolist(),
        "val": max(accuracies),
        "wall_s": seconds,
        "cpu_s": marks[-1],
        "curve": curve(marks, accuracies),
    }


def curve(marks, accuracies):
    """[CPU seconds, validation accuracy] after each epoch, from marks of all steps.

    An epoch is over, with its validation and its checkpoint, when the next one has made
    its first step, and the last one when the run is: that is the last mark.
    """
    steps = (len(marks) - 1) // len(accuracies)
    ends = range(steps, len(marks), steps)
    return [[marks[end], a] for end, a in zip(ends, accuracies, strict=True)]


def time_to(curve, target=TARGET):
    """CPU seconds until validation first reaches `target`, and whether it ever did."""
    for seconds, accuracy in curve:
        if accuracy >= target:
            return seconds, True
    return curve[-1][0], False


def check_bars(tests):
    """A row for each bar: how many seeds should pass it and do not, and the reverse.

    `tests` is {level: test accuracies}.
    """
    rows = []
    for below, name in pairwise(LADDER):
        bar, passing, failing = BARS[name], tests[name], tests[below]
        missed = sum(accuracy < bar for accuracy in passing)
        reached = sum(accuracy >= bar for accuracy in failing)
        row = {"bar": name, "at_least": bar, "lowest": min(passing), "below": below}
        row |= {"highest_below": max(failing), "missed": missed, "reached": reached}
        rows.append(row | {"seeds": len(passing), "stands": not missed and not reached})
        print(f"bar {name}, {bar} %: {rows[-1]}", file=sys.stderr)
    return rows


def report(runs, threads):
    """Settings, counts, metrics and series of all runs, a dict each.

    Each has its `curve`: points [CPU seconds, validation accuracy in percent], a point
    an epoch.
    """

    def column(level, name):
        return [one[name] for one in runs if one["level"] == level]

    times = {
        level: [time_to(one) for one in column(level, "curve")]
        for level in ("textbook", "good")
    }
    slow, fast = ([seconds for seconds, _ in times[level]] for level in times)
    ratios = [long / short for long, short in zip(slow, fast, strict=True)]
    bars = check_bars({level: column(level, "test") for level in LADDER})
    counts = {
        f"{level}_never": sum(not reached for _, reached in found)
        for level, found in times.items()
    }
    return {
        "settings": {
            "threads": threads,
            "target": TARGET,
            "people": PEOPLE,
            **{f"bar_{name}": bar for name, bar in BARS.items()},
        },
        "counts": counts | {"bars_standing": sum(row["stands"] for row in bars)},
        "metrics": {
            "good_test": summary(column("good", "test")),
            "textbook_to_target_s": summary(slow),
            "good_to_target_s": summary(fast),
            "ratio": summary(ratios),  # of pairs with the same seed
        },
        "series": {"runs": runs, "bars": bars},
    }


def main(seeds=3, longest=30, count=55_000):
    """Train each level with each seed, on the first `count` images; then grade.

    One seed of all levels is trained before the next.
    """
    images, labels, *validation = load_training()
    data = images[:count], labels[:count], *validation
    runs = [run(n, data, seed, longest) for seed in range(seeds) for n in RECIPES]
    labels = load_images(train=False)[1].tolist()
    for one in runs:
        one["test"] = grade(one.pop("predictions"), labels)["accuracy"]
    return report(runs, torch.get_num_threads())


QUICK = {"seeds": 2, "longest": 1, "count": 5500}

if __name__ == "__main__":
    print(json.dumps(main()))
