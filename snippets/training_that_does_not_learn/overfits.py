"""A net that learns its few examples by heart, and what more of them do."""

from snippets.training_that_does_not_learn.setup import (
    F,
    accuracy,
    make_data,
    make_net,
    train,
)

# The section imports what its entry newly needs:
# isort: split
# capture: tolerance 1e-1 - CPUs round differently, which moves an accuracy a little
# --8<-- [start:fails]
import torch
from torch import nn

new_x, new_y = make_data(2000, seed=1)


def gap(x, y, epochs, *more):
    for seed in range(3):
        torch.manual_seed(seed)
        net = make_net(*more)
        train(net, x, y, epochs)
        seen, new = accuracy(net, x, y), accuracy(net, new_x, new_y)
        loss = F.cross_entropy(net(new_x), new_y)
        print(f"training {seen:.0f} %, validation {new:.0f} %, its loss {loss:.2f}")


few = make_data(200, seed=0)
gap(*few, 10)
gap(*few, 100)
# --8<-- [end:fails]

# capture: tolerance 1e-1 - CPUs round differently, which moves an accuracy a little
# --8<-- [start:cure]
gap(*make_data(2000, seed=2), 10)  # ten times the data
gap(*few, 100, nn.Dropout(0.5))  # the same few, regularised
# --8<-- [end:cure]
