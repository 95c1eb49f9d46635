"""How much the best of many runs is flattered when the test set chooses it."""

from snippets.training_that_does_not_learn.setup import make_data, make_net, train

# The section imports what its entry newly needs:
# isort: split
# capture: tolerance 4e-1 - small differences of accuracies, which CPUs move a little
# --8<-- [start:fails]
import torch

x, y = make_data(500, seed=0)
new_x, new_y = make_data(20_000, seed=1)
right = torch.zeros(30, 20_000)  # 30 nets, and which examples each has right
for seed in range(30):
    torch.manual_seed(seed)
    net = make_net()
    train(net, x, y)
    right[seed] = 100 * (net(new_x).argmax(1) == new_y)
truth = right.mean(1)
tests = torch.stack([part.mean(1) for part in right.split(1000, dim=1)])  # (20, 30)
for choices in (3, 10, 30):
    best = tests[:, :choices].argmax(1)
    gain = (tests[range(20), best] - truth[best]).mean()
    print(f"best of {choices} by the test set: {gain:.1f} points too high")
# --8<-- [end:fails]

# --8<-- [start:cure]
best = tests[:10].argmax(1)  # ten sets choose, ten others judge
off = (tests[range(10, 20), best] - truth[best]).mean()
print(f"best of 30 by validation, then one test: off by at most 0.5: {abs(off) < 0.5}")
# --8<-- [end:cure]
