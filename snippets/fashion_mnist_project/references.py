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
LABELS = {"softmax": "softmax regression"}  # others are called as in RECIPES
LADDER = ["softmax", *BARS]  # each level below the next
TARGET = 90.0  # validation accuracy, %
# Reported, not measured here: the README of github.com/zalandoresearch/fashion-mnist,
# for 1,000 test images, three laymen an image, the majority's label
PEOPLE = 83.5
COLUMNS = ["recipe", "test, %", "lowest to highest", "validation, %", "seconds"]


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


def measure(name, runs):
    """Metrics of one level, from its runs."""
    times = [time_to(one["curve"]) for one in runs]
    found = {part: [one[part] for one in runs] for part in ("test", "val")}
    found |= {part: [one[part] for one in runs] for part in ("wall_s", "cpu_s")}
    found["to_target_s"] = [seconds for seconds, _ in times]
    metrics = {f"{name}_{part}": summary(values) for part, values in found.items()}
    never = sum(not reached for _, reached in times)
    return metrics | {
        f"{name}_never": summary([never]),
        f"{name}_lowest": summary([min(found["test"])]),
        f"{name}_highest": summary([max(found["test"])]),
    }


def row(name, metrics, seeds):
    """One level's row of the table."""

    def cell(part, form):
        value = metrics[f"{name}_{part}"]
        return f"{value['median']:{form}} ± {value['spread']:{form}}"

    lowest, highest, never = (
        metrics[f"{name}_{part}"]["median"] for part in ("lowest", "highest", "never")
    )
    cells = [LABELS.get(name, name), cell("test", ".2f")]
    cells += [f"{lowest:.2f} to {highest:.2f}", cell("val", ".2f")]
    cells += [cell("wall_s", ".1f"), cell("cpu_s", ".1f"), cell("to_target_s", ".1f")]
    return [*cells, f"{seeds - never:.0f} of {seeds}"]


def verdict(bar, reference, below):
    """Does a bar stand, given test accuracies of its reference and of the level below?

    A sentence that begins with yes or no.
    """
    missed = sum(accuracy < bar for accuracy in reference)
    reached = sum(accuracy >= bar for accuracy in below)
    reasons = [f"{missed} of {len(reference)} of its reference miss it"] * bool(missed)
    reasons += [f"{reached} of {len(below)} below reach it"] * bool(reached)
    return f"no: {', '.join(reasons)}" if reasons else "yes"


def check_bars(runs):
    """Metrics and table: each bar beside the seeds that should and should not pass."""
    metrics, rows = {"people": summary([PEOPLE])}, []
    for below, name in pairwise(LADDER):
        bar = BARS[name]
        passing = [one["test"] for one in runs[name]]
        failing = [one["test"] for one in runs[below]]
        stands = verdict(bar, passing, failing)
        print(f"bar {name}, {bar} %: does it stand? {stands}", file=sys.stderr)
        metrics[f"bar_{name}"] = summary([bar])
        metrics[f"bar_{name}_stands"] = summary([stands == "yes"])
        cells = [f"{bar:.1f}", f"{min(passing):.2f}", LABELS.get(below, below)]
        rows.append([name, *cells, f"{max(failing):.2f}", stands])
    columns = ["bar", "at least, %", "lowest seed of its reference, %"]
    columns += ["the level below", "its highest seed, %", "stands"]
    standing = sum(metrics[f"bar_{name}_stands"]["median"] for name in BARS)
    metrics["bars_standing"] = summary([standing])
    return metrics, {"columns": columns, "rows": rows}


def report(runs, threads):
    """Metrics, series and tables of {level: [a run for each seed]}.

    `series` holds for each level the curves of its seeds: lists of points [CPU seconds,
    validation accuracy in percent], a point an epoch.
    """
    seeds = len(runs["good"])
    metrics, rows = {"threads": summary([threads])}, []
    for name, found in runs.items():
        metrics |= measure(name, found)
        rows.append(row(name, metrics, seeds))
    slow, fast = (
        [time_to(one["curve"])[0] for one in runs[name]]
        for name in ("textbook", "good")
    )
    ratios = [long / short for long, short in zip(slow, fast, strict=True)]
    metrics["ratio"] = summary(ratios)  # of pairs with the same seed
    metrics["ratio_lowest"] = summary([min(ratios)])
    bars, table = check_bars(runs)
    columns = [*COLUMNS, f"CPU seconds, {threads} threads"]
    columns += [f"CPU seconds to {TARGET:.0f} % validation", "got there"]
    series = {name: [one["curve"] for one in found] for name, found in runs.items()}
    tables = {"recipes": {"columns": columns, "rows": rows}, "bars": table}
    return {"metrics": metrics | bars, "series": series, "tables": tables}


def main(seeds=3, longest=30, count=55_000):
    """Train each level with each seed, on the first `count` images; then grade.

    One seed of all levels is trained before the next.
    """
    images, labels, *validation = load_training()
    data = images[:count], labels[:count], *validation
    runs = {name: [] for name in RECIPES}
    for seed in range(seeds):
        for name in RECIPES:
            runs[name].append(run(name, data, seed, longest))
    labels = load_images(train=False)[1].tolist()
    for one in (one for found in runs.values() for one in found):
        one["test"] = grade(one["predictions"], labels)["accuracy"]
    return report(runs, torch.get_num_threads())


QUICK = {"seeds": 2, "longest": 1, "count": 5500}

if __name__ == "__main__":
    print(json.dumps(main()))
