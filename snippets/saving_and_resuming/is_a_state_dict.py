"""A file of weights that is used as if it were the net."""

# --8<-- [start:fails]
import torch
from torch import nn


def make_net():
    return nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))


torch.save(make_net().state_dict(), "weights.pt")
net = torch.load("weights.pt", weights_only=True)
try:
    net.eval()
except AttributeError as error:
    print(f"{type(error).__name__}: {error}")
# --8<-- [end:fails]

# --8<-- [start:cure]
weights = torch.load("weights.pt", weights_only=True, map_location="cpu")
print("in the file:", *weights)
net = make_net()
print(net.load_state_dict(weights))
net.eval()
print("logits:", tuple(net(torch.zeros(1, 4)).shape))
# --8<-- [end:cure]
