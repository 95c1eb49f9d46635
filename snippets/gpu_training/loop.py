"""The training loop of lesson 2.1.4, as it runs on a CPU."""

import torch
from torch import nn


# --8<-- [start:loop]
def train_epoch(net, optimizer, images, labels, batch_size=64):
    """One pass over the images in random order; returns the mean loss."""
    net.train()
    total = 0.0
    order = torch.randperm(len(images), device=images.device)  # (len(images),)
    for batch in order.split(batch_size):
        x, y = images[batch], labels[batch]  # (batch, 784), (batch,)
        loss = nn.functional.cross_entropy(net(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.detach() * len(batch)  # stays on the device
    return float(total) / len(images)  # waits for the device


# --8<-- [end:loop]
