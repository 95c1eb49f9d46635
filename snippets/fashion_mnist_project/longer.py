"""Does longer training help? The baseline's net, batch and rate, for 20 epochs.

Both answers are on validation: loss and accuracy of each epoch. The test set stays
closed.
"""

import json
import sys

from snippets.fashion_mnist_project.data import load_training
from snippets.fashion_mnist_project.net import make_baseline
from snippets.fashion_mnist_project.trial import trial
from snippets.measure import summary


# --8<-- [start:core]
def where_it_turns(log):
    """Of one trial's log: where validation loss is lowest, and what follows."""
    lowest = min(range(len(log)), key=lambda epoch: log[epoch]["val"]["loss"])
    there, end = log[lowest], log[-1]
    return {
        "epoch": lowest + 1,
        "loss_rise_percent": 100 * (end["val"]["loss"] / there["val"]["loss"] - 1),
        "accuracy_there": there["val"]["accuracy"],
        "accuracy_at_end": end["val"]["accuracy"],
        "gap_there": there["train"]["accuracy"] - there["val"]["accuracy"],
        "gap_at_end": end["train"]["accuracy"] - end["val"]["accuracy"],
    }


# --8<-- [end:core]


def report(logs):
    """Metrics and series of one log a seed."""
    turns = [where_it_turns(log) for log in logs]
    metrics = {name: summary([turn[name] for turn in turns]) for name in turns[0]}
    gains = [turn["accuracy_at_end"] - turn["accuracy_there"] for turn in turns]
    metrics["accuracy_gain"] = summary(gains)
    metrics["gain_lowest_seed"] = summary([min(gains)])
    metrics["accuracy_best"] = summary(
        [max(entry["val"]["accuracy"] for entry in log) for log in logs]
    )
    metrics["train_accuracy_at_end"] = summary(
        [log[-1]["train"]["accuracy"] for log in logs]
    )
    series = {
        f"{split}_{kind}": {
            "x": list(range(1, len(logs[0]) + 1)),
            "y": [[entry[split][kind] for entry in log] for log in logs],
        }
        for split in ("train", "val")
        for kind in ("loss", "accuracy")
    }
    return {"metrics": metrics, "series": series}


def main(seeds=3, epochs=20, batch_size=64, count=55_000):
    """One trial a seed, on the first `count` images to train on."""
    images, labels, *validation = load_training()
    data = images[:count], labels[:count], *validation
    logs = []
    for seed in range(seeds):
        print(f"{epochs} epochs, seed {seed}", file=sys.stderr)
        logs.append(trial(make_baseline, data, seed, epochs, batch_size)[1])
    return report(logs)


QUICK = {"seeds": 2, "epochs": 12, "count": 2000}

if __name__ == "__main__":
    print(json.dumps(main()))
