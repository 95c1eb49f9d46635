"""Four small batches in place of a large one: sums, divided by what the loss counts."""

# --8<-- [start:fails]
import torch
from torch import nn

device = "cuda" if torch.cuda.is_available() else "cpu"
torch.manual_seed(0)
x, y = torch.randn(64, 8, device=device), torch.randint(3, (64,), device=device)
y[:12] = -100  # not counted by the loss: padding, say
net, loss_fn = nn.Linear(8, 3).to(device), nn.CrossEntropyLoss()
(large,) = torch.autograd.grad(loss_fn(net(x), y), [net.weight])
group = list(zip(x.split(16), y.split(16), strict=True))
for xb, yb in group:
    loss_fn(net(xb), yb).backward()
print(f"times the large batch's: {net.weight.grad.norm() / large.norm():.1f}")
off = (net.weight.grad / 4 - large).norm() / large.norm()
print(f"divided by 4, off by: {100 * off:.0f} %")
# --8<-- [end:fails]

# --8<-- [start:cure]
loss_fn = nn.CrossEntropyLoss(reduction="sum")
net.zero_grad()
counted = sum((yb != -100).sum() for _, yb in group)
for xb, yb in group:
    (loss_fn(net(xb), yb) / counted).backward()
print("the same:", ((net.weight.grad - large).norm() < 1e-5 * large.norm()).item())
# --8<-- [end:cure]
