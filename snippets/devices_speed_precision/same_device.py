"""A tensor that was left behind on the CPU, and the list that shows which one."""

# --8<-- [start:fails]
import torch
from torch import nn

device = torch.device("cuda" if torch.cuda.is_available() else "meta")  # stands in
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
for name, module in {"net": net, "loss_fn": loss_fn}.items():
    for path, part in module.named_modules(prefix=name):
        held = vars(part) | part._parameters | part._buffers
        used |= {f"{path}.{key}": held[key] for key in held}
for name, tensor in used.items():
    if isinstance(tensor, torch.Tensor):
        print(f"{name}: {tensor.device.type}")
loss_fn = loss_fn.to(device)
print("the loss is on:", loss_fn(net(images), labels).device.type)
# --8<-- [end:cure]
