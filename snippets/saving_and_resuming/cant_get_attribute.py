"""A whole model in a file, after its class got another name."""

# Sections are blocks of a page, and each imports what it newly needs:
# ruff: noqa: E402

# --8<-- [start:fails]
import torch
from torch import nn


class OldNet(nn.Linear):
    pass


torch.save(OldNet(4, 2), "whole.pt")
NewNet = OldNet
del OldNet  # renamed
try:
    torch.load("whole.pt", weights_only=False)  # only since the file is our own
except AttributeError as error:
    print(f"{type(error).__name__}: {str(error).split(' on ')[0]}")
# --8<-- [end:fails]

# --8<-- [start:cure]
import __main__

__main__.OldNet = NewNet  # the old name where the file looks for it, for one load
whole = torch.load("whole.pt", weights_only=False)
torch.save(whole.state_dict(), "weights.pt")  # names and tensors, no class
del __main__.OldNet
state = torch.load("weights.pt", weights_only=True)
print(NewNet(4, 2).load_state_dict(state))
# --8<-- [end:cure]
