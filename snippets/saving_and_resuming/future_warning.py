"""What an old warning was about: a load that says nothing of `weights_only`."""

# --8<-- [start:fails]
from argparse import Namespace

import torch

args = Namespace(lr=0.1)
torch.save({"weight": torch.ones(2), "args": args}, "old.pt")
try:
    torch.load("old.pt")  # PyTorch 2.4 and 2.5 load it, and warn
except Exception as error:
    print("this version refuses it with an", type(error).__name__)
# --8<-- [end:fails]

# --8<-- [start:cure]
torch.save({"weight": torch.ones(2), "args": vars(args)}, "plain.pt")
print(torch.load("plain.pt", weights_only=True))
# --8<-- [end:cure]
