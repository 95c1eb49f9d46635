"""Names that begin with `module.`: from where they are, and how they go away."""

# Sections are blocks of a page, and each imports what it newly needs:
# ruff: noqa: E402

# --8<-- [start:fails]
import torch
from torch import nn

parallel = nn.DataParallel(nn.Linear(4, 2))  # DistributedDataParallel does the same
torch.save(parallel.state_dict(), "parallel.pt")

net = nn.Linear(4, 2)
state = torch.load("parallel.pt", weights_only=True, map_location="cpu")
try:
    net.load_state_dict(state)
except RuntimeError as error:
    print(f"{type(error).__name__}: {str(error).splitlines()[-1].strip()}")
# --8<-- [end:fails]

# --8<-- [start:cure]
from torch.nn.modules.utils import consume_prefix_in_state_dict_if_present

consume_prefix_in_state_dict_if_present(state, "module.")  # changes state itself
print(net.load_state_dict(state))

torch.save(parallel.module.state_dict(), "plain.pt")  # from now on
print(list(torch.load("plain.pt", weights_only=True, map_location="cpu")))
# --8<-- [end:cure]
