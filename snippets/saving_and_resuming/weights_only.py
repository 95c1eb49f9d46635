"""A checkpoint that the default of `torch.load` refuses, and the same one cured."""

# --8<-- [start:fails]
import numpy as np
import torch

state = {"epoch": 3, "best": np.float64(0.91)}
torch.save(state, "refused.pt")
try:
    torch.load("refused.pt", weights_only=True)
except Exception as error:
    first, _, rest = str(error).partition(". ")
    print(f"{type(error).__name__}: {first}")
    print("Unsupported" + rest.split("Unsupported")[1].split(". ")[0])
names = torch.serialization.get_unsafe_globals_in_checkpoint("refused.pt")
print("refused:", sorted(names))
# --8<-- [end:fails]

# --8<-- [start:cure]
allowed = [np._core.multiarray.scalar, np.dtype, type(np.dtype("float64"))]
with torch.serialization.safe_globals(allowed):
    state = torch.load("refused.pt", weights_only=True)
state["best"] = float(state["best"])
torch.save(state, "plain.pt")
print("loaded:", torch.load("plain.pt", weights_only=True))
# --8<-- [end:cure]
