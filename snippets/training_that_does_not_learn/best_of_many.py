"""How much the best of many runs is flattered when the test set chooses it."""

from snippets.training_that_does_not_learn.setup import (
    accuracy,
    make_data,
    make_net,
    train,
)

# The section imports what its entry newly needs:
# isort: split
# capture: tolerance 4e-1 - small differences of accuracies, which CPUs move a little
# --8<-- [start:fails]
import torch

torch.manual_seed(0)
x, y = make_data(500, seed=0)
new_x, new_y = make_data(20_000, seed=1)
nets = [make_net() for _ in range(30)]
for net in nets:
    train(net, x, y)
right = torch.stack([100.0 * (net(new_x).argmax(1) == new_y) for net in nets])
tests = right.unflatten(1, (20, 1000)).mean(2)  # 30 nets, 20 test sets
for choices in (3, 10, 30):
    best = tests[:choices].argmax(0)
    gain = (tests[best, range(20)] - right.mean(1)[best]).mean()
    print(f"best of {choices} by the test set: {gain:.1f} points too high")
# --8<-- [end:fails]

# capture: tolerance 5e-2 - CPUs round differently, which moves an accuracy a little
# --8<-- [start:cure]
x, y = make_data(2500, seed=2)  # all that one has, in three parts
learn, choose, judge = torch.randperm(2500).split([500, 1000, 1000])
for net in (nets := [make_net() for _ in range(30)]):
    train(net, x[learn], y[learn])
best = max(nets, key=lambda net: accuracy(net, x[choose], y[choose]))
for name, part in (("chose", choose), ("judges", judge)):
    print(f"the part that {name}: {accuracy(best, x[part], y[part]):.1f} %")
# --8<-- [end:cure]
