"""A checkpoint that the default of `torch.load` refuses, and the same one read."""

# Sections are blocks of a page, and each imports what it newly needs:
# ruff: noqa: E402

# --8<-- [start:fails]
from argparse import Namespace

import numpy as np
import torch

state = {"args": Namespace(lr=np.float32(0.1)), "losses": np.array([2.5, 0.5])}
torch.save(state, "refused.pt")
try:
    torch.load("refused.pt", weights_only=True)
except Exception as error:
    first, _, rest = str(error).partition(". ")
    print(f"{type(error).__name__}: {first}")
    print("Unsupported" + rest.split("Unsupported")[1].split(". ")[0])
names = torch.serialization.get_unsafe_globals_in_checkpoint("refused.pt")
print("refused:", *sorted(names), sep="\n  ")
# --8<-- [end:fails]

# --8<-- [start:cure]
from numpy._core import multiarray as core

allowed = [Namespace, core.scalar, core._reconstruct, np.ndarray, np.dtype]
allowed += [kind for kind in vars(np.dtypes).values() if isinstance(kind, type)]
for made in (core.scalar, core._reconstruct):  # as files of NumPy 1 name them
    allowed.append((made, f"numpy.core.multiarray.{made.__name__}"))
with torch.serialization.safe_globals(allowed):  # for this load alone
    print("loaded:", torch.load("refused.pt", weights_only=True))
# --8<-- [end:cure]
