"""Predictions for the test images: the one place that opens the test set."""

from snippets.fashion_mnist_project.checkpoint import torch
from snippets.fashion_mnist_project.data import load_images
from snippets.fashion_mnist_project.net import device

# The section imports what its page newly needs:
# isort: split
# --8<-- [start:predict]
from pathlib import Path


@torch.no_grad()
def predict(net):
    """The class of each of the 10,000 test images, (10000,), on the CPU."""
    images, _ = load_images(train=False)  # (10000, 784)
    net.eval()
    parts = [net(part.to(device)).argmax(1).cpu() for part in images.split(1000)]
    return torch.cat(parts)


def write_predictions(predictions, path="predictions.csv"):
    """One class number a line, in the order of the test set."""
    lines = "".join(f"{label}\n" for label in predictions.tolist())
    Path(path).write_text(lines, encoding="utf-8")


# --8<-- [end:predict]
