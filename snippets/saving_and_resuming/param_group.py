"""A layer more than the saved optimizer knows, given to it after the load."""

# --8<-- [start:fails]
import torch
from torch import nn

net = nn.Sequential(nn.Linear(4, 4))
optimizer = torch.optim.Adam(net.parameters())
net(torch.ones(1, 4)).sum().backward()
optimizer.step()
saved = optimizer.state_dict()

net.append(nn.Linear(4, 2))  # in the second run
try:
    torch.optim.Adam(net.parameters()).load_state_dict(saved)
except ValueError as error:
    print(f"{type(error).__name__}: {error}")
# --8<-- [end:fails]

# --8<-- [start:cure]
optimizer = torch.optim.Adam(net[0].parameters())  # those of the first run, as there
optimizer.load_state_dict(saved)
optimizer.add_param_group({"params": net[1].parameters()})
remembered = [name for name, p in net.named_parameters() if p in optimizer.state]
print("with averages:", remembered)
print("trained:", sum(len(group["params"]) for group in optimizer.param_groups))
# --8<-- [end:cure]
