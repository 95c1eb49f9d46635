"""Dead ReLUs, or a deep net of sigmoids: one class is all that is left."""

from snippets.training_that_does_not_learn.setup import make_data, make_net, nn, train

# The section imports what its entry newly needs:
# isort: split
# --8<-- [start:fails]
import torch

x, y = make_data(2000, seed=0)


def predicted(make, rate):
    for seed in range(3):
        torch.manual_seed(seed)
        net = make()
        train(net, x, y, lr=rate)
        classes = len(net(x).argmax(1).unique())
        varies = net[:2](x).std(0).gt(1e-6).sum().item()
        print(f"classes predicted: {classes}, hidden units that vary: {varies} of 64")


def deep(unit=nn.Sigmoid):
    hidden = [layer for _ in range(3) for layer in (nn.Linear(64, 64), unit())]
    return nn.Sequential(nn.Linear(20, 64), unit(), *hidden, nn.Linear(64, 10))


predicted(make_net, rate=10.0)
predicted(deep, rate=0.1)
# --8<-- [end:fails]

# --8<-- [start:cure]
predicted(make_net, rate=0.1)
predicted(lambda: deep(nn.ReLU), rate=0.1)
# --8<-- [end:cure]
