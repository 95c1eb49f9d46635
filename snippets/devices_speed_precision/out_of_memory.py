"""A tensor that no memory holds, and what a training step keeps in memory."""

# capture: volatile - each system words it in its own way
# --8<-- [start:fails]
import torch
from torch import nn

device = "cuda" if torch.cuda.is_available() else "cpu"
try:
    torch.empty(2**50, dtype=torch.uint8, device=device)
except RuntimeError as error:
    print(f"{type(error).__name__}: {str(error).split('. GPU')[0]}")
# --8<-- [end:fails]

# --8<-- [start:cure]
net = nn.Sequential(nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 10)).to(device)
kept, weights = {}, {p.data_ptr() for p in net.parameters()}


def keep(tensor):
    kept[tensor.data_ptr()] = tensor.nbytes * (tensor.data_ptr() not in weights)
    return tensor


print(f"weights: {sum(p.nbytes for p in net.parameters()) / 1e6:.1f} MB, times 4")
for batch in (16384, 1024):
    kept.clear()
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        net(torch.zeros(batch, 784, device=device))
    print(f"batch {batch}, kept for backward: {sum(kept.values()) / 1e6:.1f} MB")
# --8<-- [end:cure]
