"""What torch.compile compiles again, and what it writes into a checkpoint."""

# --8<-- [start:fails]
import torch
from torch import nn

graphs = []


def count(graph, inputs):  # a backend that counts and changes nothing
    graphs.append(graph)
    return graph.forward


net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
fast = torch.compile(net, backend=count)
for batch in (64, 64, 37, 12, 1):
    fast(torch.ones(batch, 4))
    print(f"batch {batch}, compilations so far: {len(graphs)}")
print("in the checkpoint:", next(iter(fast.state_dict())))
# --8<-- [end:fails]

# --8<-- [start:cure]
net.compile(backend=count)  # in place
print("in the checkpoint:", next(iter(net.state_dict())))
# --8<-- [end:cure]
