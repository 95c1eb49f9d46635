"""Layers in a Python list are not the net's."""

# --8<-- [start:fails]
import torch
from torch import nn


class Stack(nn.Module):
    def __init__(self, layers):
        super().__init__()
        self.layers = layers

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


layers = [nn.Linear(20, 20), nn.ReLU(), nn.Linear(20, 10)]
try:
    torch.optim.Adam(Stack(layers).parameters())
except ValueError as error:
    print(f"{type(error).__name__}: {error}")
# --8<-- [end:fails]

# --8<-- [start:cure]
net = Stack(nn.ModuleList(layers))
optimizer = torch.optim.Adam(net.parameters())
print(*net.state_dict(), sep="\n")
# --8<-- [end:cure]
