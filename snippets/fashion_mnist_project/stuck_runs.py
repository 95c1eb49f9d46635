"""A net with a limit and a net with a bug: what do three times the epochs bring?

Each net is judged on validation, by its best epoch so far, as a submission keeps it.
The test set stays closed.
"""

import json
import sys

from snippets.fashion_mnist_project.data import load_training
from snippets.fashion_mnist_project.net import make_baseline, nn
from snippets.fashion_mnist_project.trial import trial
from snippets.measure import summary

# --8<-- [start:core]
suspects = {
    "baseline": make_baseline,
    "suspect A": lambda: nn.Sequential(nn.Linear(784, 10)),
    "suspect B": lambda: nn.Sequential(*make_baseline(), nn.Softmax(dim=1)),
}


def best_after(log, epochs):
    """The best validation accuracy in the first epochs of a trial's log."""
    return max(entry["val"]["accuracy"] for entry in log[:epochs])


# --8<-- [end:core]


def report(logs, early):
    """Metrics and series of {name: a log a seed}; `early` is an epoch on the way."""
    metrics, series = {}, {}
    for name, of_seeds in logs.items():
        key = name.removeprefix("suspect ").lower()
        first = [best_after(log, early) for log in of_seeds]
        last = [best_after(log, len(log)) for log in of_seeds]
        gains = [late - soon for soon, late in zip(first, last, strict=True)]
        metrics[f"{key}_early"] = summary(first)
        metrics[f"{key}_late"] = summary(last)
        metrics[f"{key}_gain"] = summary(gains)
        metrics[f"{key}_gain_lowest"] = summary([min(gains)])
        metrics[f"{key}_gain_highest"] = summary([max(gains)])
        epochs = range(1, len(of_seeds[0]) + 1)
        best = [[best_after(log, epoch) for epoch in epochs] for log in of_seeds]
        series[key] = {"x": list(epochs), "y": best}
    return {"metrics": metrics, "series": series}


def main(seeds=3, epochs=60, early=20, count=10_000):
    """Train every suspect for every seed, on the first `count` images to train on."""
    images, labels, *validation = load_training()
    data = images[:count], labels[:count], *validation
    logs = {name: [] for name in suspects}
    for seed in range(seeds):
        for name, make_net in suspects.items():
            print(f"seed {seed}, {name}", file=sys.stderr)
            logs[name].append(trial(make_net, data, seed, epochs)[1])
    return report(logs, early)


QUICK = {"seeds": 2, "epochs": 4, "early": 2, "count": 2000}

if __name__ == "__main__":
    print(json.dumps(main()))
