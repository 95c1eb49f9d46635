"""Names that begin with `_orig_mod.`: from where they are, and how they go away."""

# --8<-- [start:fails]
import torch
from torch import nn

torch.save(torch.compile(nn.Linear(4, 2)).state_dict(), "compiled.pt")

net = nn.Linear(4, 2)
state = torch.load("compiled.pt", weights_only=True)
try:
    net.load_state_dict(state)
except RuntimeError as error:
    print(f"{type(error).__name__}: {str(error).splitlines()[-1].strip()}")
# --8<-- [end:fails]

# --8<-- [start:cure]
plain = {name.replace("_orig_mod.", ""): value for name, value in state.items()}
print(net.load_state_dict(plain))

net.compile()  # from now on: compiles in place, and wraps nothing
print(list(net.state_dict()))
# --8<-- [end:cure]
