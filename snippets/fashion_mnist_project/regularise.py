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

from snippets.fashion_mnist_project.checkpoint import torch
from snippets.fashion_mnist_project.data import load_training
from snippets.fashion_mnist_project.net import nn
from snippets.fashion_mnist_project.trial import trial
from snippets.measure import summary


# --8<-- [start:variants]
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


# --8<-- [end:variants]
# --8<-- [start:paired]
def paired(plain, other):
    """Mean of the differences, seed by seed, and the standard error of that mean."""
    gains = torch.tensor(other).double() - torch.tensor(plain).double()  # (seeds,)
    return gains.mean().item(), gains.std().item() / len(gains) ** 0.5


# --8<-- [end:paired]
# --8<-- [start:mode]
@torch.no_grad()
def accuracy_in_train_mode(net, images, labels):
    """Accuracy in percent with dropout at work: not what the net can do."""
    net.train()
    device = next(net.parameters()).device
    right = net(images.to(device)).argmax(1).cpu() == labels.cpu()
    return 100 * right.double().mean().item()


# --8<-- [end:mode]

PLAIN = add_layers()
VARIANTS = {  # name: (make_net, settings of the trial)
    "plain": (PLAIN, {}),
    "dropout": (add_layers(dropout=0.3), {}),
    "decay": (PLAIN, {"decay": 0.1}),
    "norm": (add_layers(norm=True), {}),
    "flip": (PLAIN, {"augment": flip}),
    "smoothing": (PLAIN, {"smoothing": 0.1}),
    "upside_down": (PLAIN, {"augment": functools.partial(flip, axis=1)}),
}
FIVE = ("dropout", "decay", "norm", "flip", "smoothing")  # that the page asks about
ERRORS = 3  # standard errors that a mean difference has to pass


def run(name, seed, data, epochs):
    """One trial: the best validation accuracy, and what there was at the end, percent.

    With dropout also the training accuracy that one sees with dropout at work.
    """
    print(f"seed {seed}, {name}", file=sys.stderr)
    make_net, settings = VARIANTS[name]
    net, log = trial(make_net, data, seed, epochs, **settings)
    found = {
        "variant": name,
        "seed": seed,
        "val": max(entry["val"]["accuracy"] for entry in log),
        "val_at_end": log[-1]["val"]["accuracy"],
        "train": log[-1]["train"]["accuracy"],  # in eval mode
    }
    if name == "dropout":
        images, labels = data[0][:5000], data[1][:5000]
        found["in_train_mode"] = accuracy_in_train_mode(net, images, labels)
    return found


def compare(plain, other):
    """The mean difference of two variants, its error, and is it beyond the noise?"""
    difference, error = paired(plain, other)
    beyond = abs(difference) > ERRORS * error
    return {"difference": difference, "standard_error": error, "beyond": beyond}


def report(rows):
    """Metrics, counts and series of `run`'s rows."""

    def column(variant, name):
        return [row[name] for row in rows if row["variant"] == variant]

    plain = column("plain", "val")
    pairs, metrics = [], {"plain_accuracy": summary(plain)}
    for name in dict.fromkeys(row["variant"] for row in rows):
        if name != "plain":
            pair = compare(plain, column(name, "val"))
            pairs.append({"variant": name, **pair})
            for part in ("difference", "standard_error"):
                metrics[f"{name}_{part}"] = summary([pair[part]])
    for name, variant, mode in (
        ("dropout_gap_in_train_mode", "dropout", "in_train_mode"),
        ("dropout_gap", "dropout", "train"),
        ("plain_gap", "plain", "train"),
    ):
        ends = zip(column(variant, mode), column(variant, "val_at_end"), strict=True)
        metrics[name] = summary([train - val for train, val in ends])
    better = [
        pair["variant"] in FIVE and pair["beyond"] and pair["difference"] > 0
        for pair in pairs
    ]
    return {
        "settings": {"errors": ERRORS},
        "counts": {"better": sum(better)},
        "metrics": metrics,
        "series": {"runs": rows, "pairs": pairs},
    }


def main(seeds=5, epochs=8, count=55_000, variants=tuple(VARIANTS)):
    """Train every variant for every seed, on the first `count` images to train on."""
    images, labels, *validation = load_training()
    data = images[:count], labels[:count], *validation
    rows = [run(n, seed, data, epochs) for seed in range(seeds) for n in variants]
    return report(rows)


QUICK = {"seeds": 2, "epochs": 2, "count": 2000}

if __name__ == "__main__":
    print(json.dumps(main()))
