"""The baseline's net, and the device that it trains on."""

import torch

# The section imports what its page newly needs:
# isort: split
# --8<-- [start:net]
from torch import nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def make_baseline():
    """784-256-128-10: images (batch, 784) in, logits (batch, 10) out."""
    return nn.Sequential(
        nn.Linear(784, 256),
        nn.ReLU(),
        nn.Linear(256, 128),
        nn.ReLU(),
        nn.Linear(128, 10),
    )


# --8<-- [end:net]
