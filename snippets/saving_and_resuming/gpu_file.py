"""A file from a GPU, opened where there is none."""

# --8<-- [start:fails]
from unittest.mock import patch

import torch

with patch("torch.serialization.location_tag", return_value="cuda:0"):
    torch.save({"weight": torch.ones(2)}, "gpu.pt")  # as it is written on a GPU
try:
    print("there is a GPU:", torch.load("gpu.pt", weights_only=True))
except RuntimeError as error:
    print(f"{type(error).__name__}: {str(error).split('. ')[0]}.")
# --8<-- [end:fails]

# --8<-- [start:cure]
state = torch.load("gpu.pt", weights_only=True, map_location="cpu")
print("loaded to:", state["weight"].device)
# --8<-- [end:cure]
