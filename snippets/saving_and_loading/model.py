"""The network that the whole lesson saves and loads."""

import torch
from torch import nn


# --8<-- [start:net]
class Net(nn.Module):
    """A classifier with one hidden layer, batch norm and dropout."""

    def __init__(self, hidden=128):
        super().__init__()
        self.hidden = nn.Linear(784, hidden)
        self.norm = nn.BatchNorm1d(hidden)
        self.dropout = nn.Dropout(0.2)
        self.out = nn.Linear(hidden, 10)

    def forward(self, images):  # (batch, 784)
        features = torch.relu(self.norm(self.hidden(images)))  # (batch, hidden)
        return self.out(self.dropout(features))  # logits, (batch, 10)


# --8<-- [end:net]
