"""Four small batches in place of a large one: the gradient is the same, if divided."""

# --8<-- [start:fails]
import torch
from torch import nn

device = "cuda" if torch.cuda.is_available() else "cpu"
torch.manual_seed(0)
x, y = torch.randn(64, 8, device=device), torch.randint(3, (64,), device=device)
net, loss_fn = nn.Linear(8, 3).to(device), nn.CrossEntropyLoss()
(large,) = torch.autograd.grad(loss_fn(net(x), y), [net.weight])
for xb, yb in zip(x.split(16), y.split(16), strict=True):
    loss_fn(net(xb), yb).backward()
print(f"gradient, times the large batch's: {net.weight.grad.norm() / large.norm():.2f}")
# --8<-- [end:fails]

# --8<-- [start:cure]
optimizer, scaler = torch.optim.SGD(net.parameters(), 0.1), torch.amp.GradScaler(device)
optimizer.zero_grad()
for xb, yb in zip(x.split(16), y.split(16), strict=True):
    loss = loss_fn(net(xb), yb) * len(xb) / len(x)
    scaler.scale(loss).backward()
scaler.unscale_(optimizer)  # once, after the last part
print("the large batch's gradient:", torch.allclose(net.weight.grad, large, atol=1e-6))
nn.utils.clip_grad_norm_(net.parameters(), 1.0)
scaler.step(optimizer)
scaler.update()
# --8<-- [end:cure]
