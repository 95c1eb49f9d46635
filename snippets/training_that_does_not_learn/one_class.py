"""A rate that is too high: all ReLUs are off, and one class is all that is left."""

from snippets.training_that_does_not_learn.setup import make_data, make_net, train

# The section imports what its entry newly needs:
# isort: split
# --8<-- [start:fails]
import torch

x, y = make_data(2000, seed=0)


def predicted(rate):
    for seed in range(3):
        torch.manual_seed(seed)
        net = make_net()
        train(net, x, y, lr=rate)
        classes = len(net(x).argmax(1).unique())
        units_on = (net[0](x) > 0).any(0).sum().item()
        print(f"classes predicted: {classes}, hidden units ever on: {units_on} of 64")


predicted(rate=10.0)
# --8<-- [end:fails]

# --8<-- [start:cure]
predicted(rate=0.1)
# --8<-- [end:cure]
