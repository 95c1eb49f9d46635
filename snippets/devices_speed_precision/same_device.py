"""A tensor that was left behind on the CPU, and the list that shows which one."""

# --8<-- [start:fails]
import torch
from torch import nn

# "meta" stands in where there is no GPU
device = torch.device("cuda" if torch.cuda.is_available() else "meta")
images, labels = torch.randn(8, 4).to(device), torch.randint(3, (8,)).to(device)
net = nn.Linear(4, 3).to(device)
loss_fn = nn.CrossEntropyLoss(weight=torch.tensor([1.0, 1.0, 2.0]))
try:
    loss_fn(net(images), labels)
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")
# --8<-- [end:fails]

# --8<-- [start:cure]
used = {"images": images, "labels": labels}
for module in (net, loss_fn):
    used |= {f"{module}, {name}": t for name, t in module.state_dict().items()}
for name, tensor in used.items():
    print(f"{name}: {tensor.device.type}")
loss_fn = loss_fn.to(device)
print("the loss is on:", loss_fn(net(images), labels).device.type)
# --8<-- [end:cure]
