"""A state that is carried from batch to batch, with its graph and without."""

# --8<-- [start:fails]
import torch
from torch import nn

cell, state = nn.RNN(2, 3), torch.zeros(1, 1, 3)
try:
    for part in torch.randn(2, 5, 1, 2):
        out, state = cell(part, state)
        out.sum().backward()
except RuntimeError as error:
    print(f"{type(error).__name__}: {str(error).split('. ')[0]}")
# --8<-- [end:fails]

# --8<-- [start:cure]
state = torch.zeros(1, 1, 3)
for part in torch.randn(2, 5, 1, 2):
    out, state = cell(part, state.detach())
    out.sum().backward()
print("both parts went back, gradient:", cell.weight_hh_l0.grad.isfinite().all().item())
# --8<-- [end:cure]
