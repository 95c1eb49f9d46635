"""A checkpoint that would need the memory twice, loaded without a second copy."""

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
with torch.device("meta"):  # shapes alone, no memory
    net = nn.Linear(1000, 1000)
state = torch.load("large.pt", weights_only=True, mmap=True, map_location="cpu")
net.load_state_dict(state, assign=True)  # the net takes the file's tensors
print("one copy:", net.weight.data_ptr() == state["weight"].data_ptr())
print("left without memory:", [n for n, p in net.named_parameters() if p.is_meta])
optimizer = torch.optim.SGD(net.parameters())  # only now: the tensors are new ones
# --8<-- [end:cure]
