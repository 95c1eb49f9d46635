"""A running total that keeps every step's graph, and one that keeps none."""

# --8<-- [start:fails]
import torch
from torch import nn

net = nn.Sequential(nn.Linear(20, 20), nn.ReLU(), nn.Linear(20, 1))
batches = torch.randn(50, 64, 20).unbind()


def graph_size(tensor):
    seen, todo = set(), [tensor.grad_fn]
    while todo:
        if (node := todo.pop()) and node not in seen:
            seen.add(node)
            todo += [before for before, _ in node.next_functions]
    return len(seen)


total = sum(net(batch).mean() for batch in batches)
print("operations kept after 50 batches:", graph_size(total))
# --8<-- [end:fails]

# --8<-- [start:cure]
with torch.no_grad():  # validation
    total = sum(net(batch).mean() for batch in batches)
print("with no_grad, kept:", graph_size(total))
total = sum(net(batch).mean().detach() for batch in batches)  # training
print("with detach, kept:", graph_size(total))
# --8<-- [end:cure]
