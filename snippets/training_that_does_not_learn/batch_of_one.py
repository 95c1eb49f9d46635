"""Batch norm in train mode and a batch of one: an error, or an answer that changes."""

# --8<-- [start:fails]
import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(20, 64), nn.BatchNorm1d(64), nn.Dropout(), nn.ReLU())
one, more = torch.randn(1, 20), torch.randn(8, 20)
try:
    net(one)
except ValueError as error:
    print(f"{type(error).__name__}: {error}")
print("the same answer twice:", torch.equal(net(more), net(more)))
# --8<-- [end:fails]

# --8<-- [start:cure]
net.eval()
print("one example:", tuple(net(one).shape))
print("the same answer twice:", torch.equal(net(more), net(more)))
alone = net(more[:1])
print("alone as among others:", torch.allclose(alone, net(more)[:1], atol=1e-5))
# --8<-- [end:cure]
