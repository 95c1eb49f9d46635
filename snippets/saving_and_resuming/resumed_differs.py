"""A resumed run that is another run, since its random numbers are others."""

# --8<-- [start:fails]
import copy

import torch
from torch import nn

net = nn.Sequential(nn.Linear(4, 1), nn.Dropout())
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)


def step():
    loss = net(torch.ones(16, 4)).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


saved, rng = copy.deepcopy(net.state_dict()), torch.get_rng_state()
never_stopped = [step() for _ in range(3)]
net.load_state_dict(saved)
print("equal:", [step() for _ in range(3)] == never_stopped)
# --8<-- [end:fails]

# --8<-- [start:cure]
torch.save({"model": saved, "rng": rng}, "checkpoint.pt")
checkpoint = torch.load("checkpoint.pt", weights_only=True, map_location="cpu")
net.load_state_dict(checkpoint["model"])
torch.set_rng_state(checkpoint["rng"])  # last: what comes before may draw numbers
print("equal:", [step() for _ in range(3)] == never_stopped)
# --8<-- [end:cure]
