"""What do dropout, weight decay and others gain, and is it more than the noise?

One net, one optimizer, one budget; each variant changes one thing. Trials of one seed
are pairs: they share their order of images and the linear layers' first weights. All is
judged on validation, by the best epoch, as a submission keeps it; the test set stays
closed. Beyond the noise is a mean difference of more than 3 standard errors: with five
pairs, chance alone gets that far in 4 of 100 such comparisons.
"""

import functools
import json
import sys
from statistics import mean, stdev

from snippets.fashion_mnist_project.checkpoint import torch
from snippets.fashion_mnist_project.data import load_training
from snippets.fashion_mnist_project.net import nn
from snippets.fashion_mnist_project.trial import trial
from snippets.measure import summary


# --8<-- [start:core]
def add_layers(dropout=0.0, norm=False):
    """A function that makes the baseline's net with dropout or batch norm added."""

    def make_net():
        layers = []
        for inputs, outputs in [(784, 256), (256, 128)]:
            layers.append(nn.Linear(inputs, outputs))
            if norm:
                layers.append(nn.BatchNorm1d(outputs))
            layers.append(nn.ReLU())
            if dropout:
                layers.append(nn.Dropout(dropout))
        return nn.Sequential(*layers, nn.Linear(128, 10))

    return make_net


def flip(x, axis=2):
    """Flip half of the images of a batch (count, 784), chosen at random.

    Axis 2 swaps left and right, axis 1 top and bottom.
    """
    flipped = x.view(-1, 28, 28).flip(axis).flatten(1)
    chosen = torch.rand(len(x), 1, device=x.device) < 0.5
    return torch.where(chosen, flipped, x)


def paired(plain, other):
    """Mean of the differences, seed by seed, and the standard error of that mean."""
    gains = torch.tensor(other).double() - torch.tensor(plain).double()  # (seeds,)
    return gains.mean().item(), gains.std().item() / len(gains) ** 0.5


@torch.no_grad()
def accuracy_in_train_mode(net, images, labels):
    """Accuracy in percent with dropout at work: not what the net can do."""
    net.train()
    device = next(net.parameters()).device
    right = net(images.to(device)).argmax(1).cpu() == labels.cpu()
    return 100 * right.double().mean().item()


# --8<-- [end:core]

PLAIN = add_layers()
VARIANTS = {  # name: (what the table says, make_net, settings of the trial)
    "plain": ("plain", PLAIN, {}),
    "dropout": ("dropout 0.3", add_layers(dropout=0.3), {}),
    "decay": ("weight decay 0.1", PLAIN, {"decay": 0.1}),
    "norm": ("batch norm", add_layers(norm=True), {}),
    "flip": ("flip left to right", PLAIN, {"augment": flip}),
    "smoothing": ("label smoothing 0.1", PLAIN, {"smoothing": 0.1}),
    "upside_down": (
        "flip top to bottom",
        PLAIN,
        {"augment": functools.partial(flip, axis=1)},
    ),
}
FIVE = ("dropout", "decay", "norm", "flip", "smoothing")  # that the page asks about
ERRORS = 3  # standard errors that a mean difference has to pass
COLUMNS = [
    "variant",
    "validation accuracy, %: mean ± standard deviation",
    "minus plain's of the same seed: mean ± standard error",
    "beyond the noise?",
    "training accuracy, %",
]


def run(seed, data, epochs, variants):
    """One seed: of each variant, the accuracies that the table and metrics need."""
    found = {}
    for name in variants:
        print(f"seed {seed}, {name}", file=sys.stderr)
        _, make_net, settings = VARIANTS[name]
        net, log = trial(make_net, data, seed, epochs, **settings)
        found[name] = {
            "val": max(entry["val"]["accuracy"] for entry in log),
            "val_at_end": log[-1]["val"]["accuracy"],
            "train": log[-1]["train"]["accuracy"],  # in eval mode
        }
        if name == "dropout":
            images, labels = data[0][:5000], data[1][:5000]
            found[name]["in_train_mode"] = accuracy_in_train_mode(net, images, labels)
    return found


def verdict(difference, error):
    """Does a mean difference stand out of the noise? The table's word for it."""
    if abs(difference) <= ERRORS * error:
        return "no"
    return "yes, better" if difference > 0 else "yes, worse"


def report(results, count):
    """Metrics, series and table of `run`'s results; `count` images in validation."""
    metrics, rows, values = {}, [], {}
    for name in results[0]:
        values[name] = [found[name]["val"] for found in results]
        train = [found[name]["train"] for found in results]
        metrics[f"{name}_accuracy"] = summary(values[name])
        metrics[f"{name}_train_accuracy"] = summary(train)
        shown = f"{mean(values[name]):.2f} ± {stdev(values[name]):.2f}"
        row = [VARIANTS[name][0], shown, "", "", f"{mean(train):.1f}"]
        if name != "plain":
            difference, error = paired(values["plain"], values[name])
            metrics[f"{name}_difference"] = summary([difference])
            metrics[f"{name}_standard_error"] = summary([error])
            row[2] = f"{difference:+.2f} ± {error:.2f}"
            row[3] = verdict(difference, error)
        rows.append(row)
    of_five = [row[3] for name, row in zip(values, rows, strict=True) if name in FIVE]
    metrics["better"] = summary([of_five.count("yes, better")])
    share = mean(values["plain"]) / 100
    metrics["noise"] = summary([stdev(values["plain"])])
    metrics["counting_error"] = summary([100 * (share * (1 - share) / count) ** 0.5])
    dropout = [found["dropout"] for found in results]
    metrics["dropout_in_train_mode"] = summary([d["in_train_mode"] for d in dropout])
    for gap, mode in (("gap_in_train_mode", "in_train_mode"), ("gap", "train")):
        gaps = [d[mode] - d["val_at_end"] for d in dropout]
        metrics[f"dropout_{gap}"] = summary(gaps)
    plain = [found["plain"] for found in results]
    metrics["plain_gap"] = summary([p["train"] - p["val_at_end"] for p in plain])
    series = {
        "variants": [VARIANTS[name][0] for name in values],
        "accuracy": list(values.values()),
    }
    tables = {"variants": {"columns": COLUMNS, "rows": rows}}
    return {"metrics": metrics, "series": series, "tables": tables}


def main(seeds=5, epochs=8, count=55_000, variants=tuple(VARIANTS)):
    """Train every variant for every seed, on the first `count` images to train on."""
    images, labels, *validation = load_training()
    data = images[:count], labels[:count], *validation
    results = [run(seed, data, epochs, variants) for seed in range(seeds)]
    return report(results, len(validation[0]))


QUICK = {"seeds": 2, "epochs": 2, "count": 2000}

if __name__ == "__main__":
    print(json.dumps(main()))
