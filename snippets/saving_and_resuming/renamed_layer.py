"""A layer got another name: the file has the old one."""

# --8<-- [start:fails]
import torch
from torch import nn

net = nn.ModuleDict({"body": nn.Linear(8, 4), "fc": nn.Linear(4, 2)})
torch.save(net.state_dict(), "old_names.pt")

net = nn.ModuleDict({"body": nn.Linear(8, 4), "head": nn.Linear(4, 2)})
state = torch.load("old_names.pt", weights_only=True)
try:
    net.load_state_dict(state)
except RuntimeError as error:
    print(f"{type(error).__name__}: {str(error).splitlines()[1].strip()}")
# --8<-- [end:fails]

# --8<-- [start:cure]
old, new = "fc.", "head."  # whole paths, such as "encoder.fc."
renamed = {}  # a new one: in the old one, a new name could meet an old one
for name, tensor in state.items():
    if name.startswith(old):  # "myfc.weight" stays
        name = new + name.removeprefix(old)
    renamed[name] = tensor
print(net.load_state_dict(renamed))
# --8<-- [end:cure]
