"""Three causes of a loss that stays although weights move, and a check for each."""

from snippets.training_that_does_not_learn.setup import (
    accuracy,
    make_data,
    make_net,
    train,
)

# The section imports what its entry newly needs:
# isort: split
# capture: tolerance 1e-1 - CPUs round differently, which moves a loss a little
# --8<-- [start:fails]
import torch


def look(fault):
    torch.manual_seed(1)
    net, (x, y) = make_net(), make_data(500, seed=0)
    if fault == "labels in another order":
        y = y[torch.randperm(500)]
    if fault == "inputs all alike":
        x = x.div(255).long().float()  # whole numbers, all of them 0
    if fault == "ReLUs dead":
        net[0].bias.data.fill_(-100)  # as after one step that was too large
    loss = train(net, x, y, epochs=5)  # leaves its last gradients
    first, last = (layer.weight.grad.norm() for layer in (net[0], net[-1]))
    train(net, x[:50], y[:50], epochs=500)
    learns = accuracy(net, x[:50], y[:50]) == 100
    print(f"{fault}: loss {loss:.1f}, can learn one batch {learns},", end=" ")
    print(f"inputs {x.mean():.1f} ± {x.std():.1f}, reach {(first > last / 1e3).item()}")


for fault in ("labels in another order", "inputs all alike", "ReLUs dead"):
    look(fault)
# --8<-- [end:fails]

# capture: tolerance 2e-1 - CPUs round differently, which moves a loss a little
# --8<-- [start:cure]
look("none")
# --8<-- [end:cure]
