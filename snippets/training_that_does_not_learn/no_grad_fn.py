"""A loss that has lost its graph, and the line that cut it."""

# --8<-- [start:fails]
import torch
from torch import nn
from torch.nn import functional as F

net = nn.Linear(20, 10)
x, y = torch.randn(8, 20), torch.arange(8)
logits = torch.tensor(net(x).tolist())  # as .item() or .detach() do
loss = F.cross_entropy(logits, y)
try:
    loss.backward()
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")
for name, value in {"net": net.weight, "logits": logits, "loss": loss}.items():
    print(name, "requires grad:", value.requires_grad)
# --8<-- [end:fails]

# --8<-- [start:cure]
logits = net(x)
F.cross_entropy(logits, y).backward()
print("a gradient for each weight:", net.weight.grad.shape == net.weight.shape)
# --8<-- [end:cure]
