"""A net that is built without memory: what a load with `assign=True` leaves wrong."""

# --8<-- [start:fails]
import torch
from torch import nn


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb, self.head = nn.Embedding(5, 4), nn.Linear(4, 5, bias=False)
        self.head.weight = self.emb.weight
        self.register_buffer("places", torch.arange(9), persistent=False)


torch.save(Tied().state_dict(), "tied.pt")
with torch.device("meta"):  # shapes alone, no memory
    net = Tied()
state = torch.load("tied.pt", weights_only=True, mmap=True, map_location="cpu")
print(net.load_state_dict(state, assign=True))  # the net takes the file's tensors
print("tied:", net.head.weight is net.emb.weight)
# --8<-- [end:fails]

# --8<-- [start:cure]
net.head.weight = net.emb.weight  # as in __init__
net.places = torch.arange(9)  # what no file holds
left = [*net.named_parameters(), *net.named_buffers()]
print("without memory:", [name for name, tensor in left if tensor.is_meta])
optimizer = torch.optim.SGD(net.parameters())  # only now: the tensors are new ones
# --8<-- [end:cure]
