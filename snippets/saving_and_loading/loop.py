"""The training loop of lesson 2.1.4, as two functions."""

import torch
from torch import nn


# --8<-- [start:loop]
def train_epoch(net, optimizer, images, labels, batch_size=100):
    """One pass over the images in random order; returns the mean loss."""
    net.train()
    total = 0.0
    for batch in torch.randperm(len(images)).split(batch_size):
        loss = nn.functional.cross_entropy(net(images[batch]), labels[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(batch)
    return total / len(images)


@torch.no_grad()
def accuracy(net, images, labels):
    """Percent of images that get the right label."""
    net.eval()
    return (net(images).argmax(1) == labels).float().mean().item() * 100


# --8<-- [end:loop]
