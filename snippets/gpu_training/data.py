"""Fashion-MNIST as two tensors: small enough for memory, and no loader in the way."""

# --8<-- [start:data]
import time

import torch
from torch import nn
from torchvision.datasets import FashionMNIST


def load_images(train=True, count=None):
    """The first `count` images and labels (all: None), as tensors on the CPU."""
    dataset = FashionMNIST("data", train=train, download=True)
    images = dataset.data[:count].float().div(255)  # (count, 28, 28), 0 to 1
    images = images.sub(0.286).div(0.353)  # mean 0, standard deviation 1
    return images.flatten(1), dataset.targets[:count]  # (count, 784), (count,)


# --8<-- [end:data]
