"""NumPy's numbers are doubles, a net's weights are floats."""

# --8<-- [start:fails]
import numpy as np
import torch
from torch import nn

table = np.random.default_rng(0).normal(size=(8, 20))
x = torch.from_numpy(table)
net = nn.Linear(20, 10)
try:
    net(x)
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")
# --8<-- [end:fails]

# --8<-- [start:cure]
x = torch.from_numpy(table).float()
print("input:", x.dtype, "weights:", net.weight.dtype, "output:", net(x).dtype)
# --8<-- [end:cure]
