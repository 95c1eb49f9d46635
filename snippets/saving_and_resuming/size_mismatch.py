"""A new head on old weights: all that fits is loaded, and it is shown what was."""

# --8<-- [start:fails]
import torch
from torch import nn

old = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 10))
torch.save(old.state_dict(), "ten_classes.pt")

net = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 3))
state = torch.load("ten_classes.pt", weights_only=True)
try:
    net.load_state_dict(state)
except RuntimeError as error:
    print(f"{type(error).__name__}: {str(error).splitlines()[1].strip()}")
# --8<-- [end:fails]

# --8<-- [start:cure]
own = net.state_dict()
fits = {k: v for k, v in state.items() if k in own and v.shape == own[k].shape}
print("stay new:", net.load_state_dict(fits, strict=False).missing_keys)
print("loaded:", list(fits))
print("left over:", [k for k in state if k not in fits])
# --8<-- [end:cure]
