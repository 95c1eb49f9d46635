"""One rare class that a net hardly finds: class weights, over five seeds."""

from snippets.training_that_does_not_learn.setup import make_data, make_net, train

# The section imports what its entry newly needs:
# isort: split
# capture: tolerance 2e-1 - CPUs round differently, which moves an accuracy a little
# --8<-- [start:fails]
import torch


def rare(count, seed):
    x, y = make_data(count, seed=seed)
    keep = (y != 7) | (torch.arange(count) % 8 == 0)  # of class 7, one in eight
    return x[keep], y[keep]


x, y = rare(4000, seed=0)
new_x, new_y = rare(40_000, seed=1)  # as rare as in training


def compare(weight):
    for seed in range(5):
        torch.manual_seed(seed)
        net = make_net()
        train(net, x, y, weight=weight)
        said = net(new_x).argmax(1)
        found = (said[new_y == 7] == 7).float().mean()
        precise = (new_y[said == 7] == 7).float().mean()
        right = (said == new_y).float().mean()
        print(f"found {found:.0%}, precise {precise:.0%}, all {right:.0%}")


compare(None)
# --8<-- [end:fails]

# capture: tolerance 1e-1 - CPUs round differently, which moves an accuracy a little
# --8<-- [start:cure]
weight = 1 / torch.bincount(y, minlength=10).clamp(min=1)  # one for each output
compare(weight)  # in the loop: F.cross_entropy(net(x), y, weight)
# --8<-- [end:cure]
