"""Does a fully connected net know which pixels are neighbours? Shuffle them and see.

The same permutation of the 784 pixels for all images, in training and validation. Nets
of one seed share first weights and order of images. The test set stays closed.
"""

import json
import sys

from snippets.fashion_mnist_project.checkpoint import torch
from snippets.fashion_mnist_project.data import load_training
from snippets.fashion_mnist_project.net import make_baseline
from snippets.fashion_mnist_project.trial import trial
from snippets.measure import summary


def shuffle(images):
    """Images (count, 784) with their pixels in another order, the same for all."""
    order = torch.randperm(784, generator=torch.Generator().manual_seed(0))
    return images[:, order]


def main(seeds=(0, 1, 2), epochs=5, count=55000):
    """Best validation accuracy of the baseline's net, pixels in order and shuffled."""
    images, labels, val_images, val_labels = load_training()
    data = (images[:count], labels[:count], val_images, val_labels)
    mixed = (shuffle(data[0]), data[1], shuffle(val_images), val_labels)
    found = {"ordered": [], "shuffled": []}
    for seed in seeds:
        for name, given in (("ordered", data), ("shuffled", mixed)):
            print(f"seed {seed}: {name}", file=sys.stderr)
            _, log = trial(make_baseline, given, seed, epochs)
            found[name].append(max(entry["val"]["accuracy"] for entry in log))
    pairs = zip(found["shuffled"], found["ordered"], strict=True)
    metrics = {name: summary(values) for name, values in found.items()}
    metrics["difference"] = summary([shuffled - ordered for shuffled, ordered in pairs])
    return {"metrics": metrics}


QUICK = {"seeds": (0,), "epochs": 1, "count": 2000}

if __name__ == "__main__":
    print(json.dumps(main()))
