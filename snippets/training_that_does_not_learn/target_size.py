"""A column of outputs against a row of targets: only a warning, and the mean learnt."""

# --8<-- [start:fails]
import warnings

import torch
from torch import nn

x = torch.linspace(-1, 1, 100).unsqueeze(1)
target = 3 * x.flatten() + 1


def slope(target):
    torch.manual_seed(0)
    line = nn.Linear(1, 1)
    optimizer = torch.optim.SGD(line.parameters(), lr=0.1)
    for _ in range(500):
        optimizer.zero_grad()
        nn.functional.mse_loss(line(x), target).backward()
        optimizer.step()
    return abs(line.weight.item())


with warnings.catch_warnings(record=True) as caught:
    print(f"slope: {slope(target):.1f}")
print(f"UserWarning: {str(caught[0].message).split('. ')[0]}")
# --8<-- [end:fails]

# --8<-- [start:cure]
print(f"slope: {slope(target.unsqueeze(1)):.1f}")
# --8<-- [end:cure]
