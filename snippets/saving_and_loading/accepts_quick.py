"""Three values in a checkpoint: one loads, two are refused, and their cure."""

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
    torch.save({"value": value}, "try.pt")  # saving never complains
    try:
        torch.load("try.pt", weights_only=True, map_location="cpu")
        print(f"{name}: loads")
    except pickle.UnpicklingError as error:
        print(f"{name}: refused with {type(error).__name__}")
# --8<-- [end:try]
