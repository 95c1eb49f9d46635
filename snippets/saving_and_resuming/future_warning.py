"""What an old warning was about: a load that says nothing of `weights_only`."""

# --8<-- [start:fails]
from argparse import Namespace

import numpy as np
import torch

args = Namespace(lr=np.float32(0.5), betas=(0.9, 0.99))
torch.save({"weight": torch.ones(2), "args": args}, "old.pt")
try:
    torch.load("old.pt")  # PyTorch 2.4 and 2.5 load it, and warn
except Exception as error:
    print("this version refuses it with an", type(error).__name__)
# --8<-- [end:fails]


# --8<-- [start:cure]
def plain(value):
    if isinstance(value, Namespace):
        value = vars(value)
    if isinstance(value, dict):
        return {plain(name): plain(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        kind = tuple if isinstance(value, tuple) else list
        return kind(map(plain, value))
    return value.tolist() if type(value).__module__ == "numpy" else value


torch.save(plain({"weight": torch.ones(2), "args": args}), "plain.pt")
print(torch.load("plain.pt", weights_only=True))
# --8<-- [end:cure]
