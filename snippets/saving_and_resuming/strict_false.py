"""A load with `strict=False` that loads nothing, and says so to nobody."""

# --8<-- [start:fails]
import torch
from torch import nn

net = nn.Linear(4, 2)
torch.save({"model": net.state_dict(), "epoch": 5}, "checkpoint.pt")

fresh = nn.Linear(4, 2)
checkpoint = torch.load("checkpoint.pt", weights_only=True)
result = fresh.load_state_dict(checkpoint, strict=False)  # no error
print("loaded:", torch.equal(fresh.weight, net.weight))
# --8<-- [end:fails]

# --8<-- [start:cure]
print("in the file alone:", result.unexpected_keys)
print("in the net alone:", result.missing_keys)
print(fresh.load_state_dict(checkpoint["model"]))  # strict again
print("loaded:", torch.equal(fresh.weight, net.weight))
# --8<-- [end:cure]
