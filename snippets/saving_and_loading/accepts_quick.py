"""Three values in a checkpoint: one loads, two are refused, and their cures."""

from snippets.saving_and_loading.data import torch

# isort: split
# --8<-- [start:try]
import pickle
from pathlib import Path

import numpy as np

path, score = Path("net.pt"), np.float64(0.875)
for name, value in {
    "a tensor": torch.zeros(3),
    "a Path": path,
    "a NumPy scalar": score,
    "str(path)": str(path),
    "float(score)": float(score),
}.items():
    torch.save({"value": value}, "try.pt")  # saving these raises no error
    try:
        torch.load("try.pt", weights_only=True, map_location="cpu")
        print(f"{name}: loads")
    except pickle.UnpicklingError as error:
        print(f"{name}: refused with {type(error).__name__}")
# --8<-- [end:try]

# --8<-- [start:allow]
torch.save({"value": path}, "old.pt")  # a file that exists already, and is yours
with torch.serialization.safe_globals([type(path)]):
    old = torch.load("old.pt", weights_only=True, map_location="cpu")
torch.save({"value": str(old["value"])}, "new.pt")
print("new.pt holds:", torch.load("new.pt", weights_only=True, map_location="cpu"))
# --8<-- [end:allow]
