"""A range test of the learning rate, and three rates that it tells apart."""

from snippets.training_that_does_not_learn.setup import (
    accuracy,
    make_data,
    make_net,
    train,
)

# The section imports what its entry newly needs:
# isort: split
# capture: tolerance 2e-1 - CPUs round differently, which moves a loss a little
# --8<-- [start:fails]
import torch
from torch.nn import functional as F

x, y = make_data(2000, seed=0)
torch.manual_seed(0)
net, rate = make_net(), 1e-4
for step in range(101):
    batch = torch.randint(2000, (200,))
    loss = F.cross_entropy(net(x[batch]), y[batch])
    net.zero_grad()
    loss.backward()
    torch.optim.SGD(net.parameters(), lr=rate).step()
    if step % 20 == 0:  # 9.9 means: or more
        print(f"rate {rate:8.4f}: loss {min(loss.item(), 9.9):.1f}")
    rate *= 10 ** (1 / 20)
# --8<-- [end:fails]

# capture: tolerance 1e-1 - CPUs round differently, which moves an accuracy a little
# --8<-- [start:cure]
for rate in (0.001, 0.3, 10.0):
    for seed in range(3):
        torch.manual_seed(seed)
        net = make_net()
        train(net, x, y, epochs=5, lr=rate)
        print(f"rate {rate}, seed {seed}: {accuracy(net, x, y):.0f} %")
# --8<-- [end:cure]
