"""A save into a folder that nobody has made."""

# Sections are blocks of a page, and each imports what it newly needs:
# ruff: noqa: E402

# --8<-- [start:fails]
import torch

path = "not-there/first/net.pt"
try:
    torch.save({"step": 1}, path)
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")
# --8<-- [end:fails]

# --8<-- [start:cure]
from pathlib import Path

Path(path).parent.mkdir(parents=True, exist_ok=True)
torch.save({"step": 1}, path)
print(torch.load(path, weights_only=True))
# --8<-- [end:cure]
