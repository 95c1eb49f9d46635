"""One rare class that a net hardly finds: class weights, over five seeds."""

from snippets.training_that_does_not_learn.setup import make_data, make_net, train

# The section imports what its entry newly needs:
# isort: split
# capture: tolerance 2e-1 - CPUs round differently, which moves an accuracy a little
# --8<-- [start:fails]
import torch

x, y = make_data(4000, seed=0)
keep = (y != 7) | (torch.arange(4000) % 8 == 0)
x, y = x[keep], y[keep]  # one in eight of class 7 is left
new_x, new_y = make_data(4000, seed=1)


def compare(weight):
    for seed in range(5):
        torch.manual_seed(seed)
        net = make_net()
        train(net, x, y, weight=weight)
        right, said = net(new_x).argmax(1) == new_y, net(new_x).argmax(1)
        found, precise = (
            right[new_y == 7].float().mean(),
            right[said == 7].float().mean(),
        )
        print(
            f"found {found:.0%}, precise {precise:.0%}, all {right.float().mean():.0%}"
        )


compare(None)
# --8<-- [end:fails]

# capture: tolerance 1e-1 - CPUs round differently, which moves an accuracy a little
# --8<-- [start:cure]
compare(len(y) / (10 * torch.bincount(y)))
# --8<-- [end:cure]
