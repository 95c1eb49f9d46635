"""The net of this lesson: as wide as you like."""

from torch import nn


# --8<-- [start:net]
def make_net(width):
    """Two hidden layers of `width` units: images (batch, 784) → logits (batch, 10)."""
    return nn.Sequential(
        nn.Linear(784, width),
        nn.ReLU(),
        nn.Linear(width, width),
        nn.ReLU(),
        nn.Linear(width, 10),
    )


# --8<-- [end:net]
