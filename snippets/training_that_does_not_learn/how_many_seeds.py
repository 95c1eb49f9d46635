"""How far one recipe's accuracy moves with the seed, and how many seeds that asks."""

from snippets.training_that_does_not_learn.setup import (
    accuracy,
    make_data,
    make_net,
    train,
)

# The section imports what its entry newly needs:
# isort: split
# capture: tolerance 5e-2 - CPUs round differently, which moves an accuracy a little
# --8<-- [start:fails]
import torch

x, y = make_data(500, seed=0)
new_x, new_y = make_data(2000, seed=1)
scores = []
for seed in range(10):
    torch.manual_seed(seed)
    net = make_net()
    train(net, x, y)
    scores.append(accuracy(net, new_x, new_y))
print("accuracy:", [round(score, 1) for score in scores])
# --8<-- [end:fails]

# capture: tolerance 6e-1 - a spread of ten runs, squared, which CPUs round differently
# --8<-- [start:cure]
spread = torch.tensor(scores).std().item()
print(f"standard deviation of single runs: {spread:.1f} points")
for difference in (2.0, 1.0, 0.5):
    seeds = max(3, int(2 + 16 * (spread / difference) ** 2))
    print(f"to see a difference of {difference} points: {seeds} seeds of each")
# --8<-- [end:cure]
