"""A checkpoint that needs the memory twice, and one that is read from the disk."""

# --8<-- [start:fails]
import torch
from torch import nn

torch.save(nn.Linear(1000, 1000).state_dict(), "large.pt")
net = nn.Linear(1000, 1000)  # once in memory
state = torch.load("large.pt", weights_only=True)  # twice
net.load_state_dict(state)  # copies from one into the other
print("one copy:", net.weight.data_ptr() == state["weight"].data_ptr())
# --8<-- [end:fails]

# --8<-- [start:cure]
net = nn.Linear(1000, 1000)  # once in memory
state = torch.load("large.pt", weights_only=True, mmap=True, map_location="cpu")
print(net.load_state_dict(state))  # copies from the file
del state  # an optimizer that was loaded from it still reads the file
# --8<-- [end:cure]
