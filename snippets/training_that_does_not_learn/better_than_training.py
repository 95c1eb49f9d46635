"""Training accuracy with dropout on, which lies below that on new data."""

from snippets.training_that_does_not_learn.setup import (
    accuracy,
    make_data,
    make_net,
    train,
)

# The section imports what its entry newly needs:
# isort: split
# capture: tolerance 5e-2 - CPUs round differently, which moves an accuracy a little
# --8<-- [start:fails]
import torch
from torch import nn

x, y = make_data(2000, seed=0)
new_x, new_y = make_data(2000, seed=1)
nets = []
for seed in range(3):
    torch.manual_seed(seed)
    net = make_net(nn.Dropout(0.5))
    train(net, x, y)
    seen = 100 * (net(x).argmax(1) == y).float().mean()  # still in train mode
    new = accuracy(net, new_x, new_y)
    print(f"training {seen:.0f} %, validation {new:.0f} %")
    nets.append(net)
# --8<-- [end:fails]

# capture: tolerance 5e-2 - CPUs round differently, which moves an accuracy a little
# --8<-- [start:cure]
for net in nets:
    seen, new = accuracy(net, x, y), accuracy(net, new_x, new_y)
    print(f"training {seen:.0f} %, validation {new:.0f} %")
# --8<-- [end:cure]
