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

x, y = make_data(200, seed=0)
new_x, new_y = make_data(2000, seed=1)
for seed in range(3):
    torch.manual_seed(seed)
    net = make_net()
    for epochs in (10, 90):
        train(net, x, y, epochs)
        seen, new = accuracy(net, x, y), accuracy(net, new_x, new_y)
        loss = F.cross_entropy(net(new_x), new_y)
        print(f"training {seen:.0f} %, validation {new:.0f} %, its loss {loss:.2f}")
# --8<-- [end:fails]

# capture: tolerance 1e-1 - CPUs round differently, which moves an accuracy a little
# --8<-- [start:cure]
x, y = make_data(2000, seed=2)
for seed in range(3):
    torch.manual_seed(seed)
    net = make_net()
    train(net, x, y, epochs=10)
    seen, new = accuracy(net, x, y), accuracy(net, new_x, new_y)
    print(f"training {seen:.0f} %, validation {new:.0f} %")
# --8<-- [end:cure]
