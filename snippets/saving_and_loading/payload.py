"""A file that runs code when it is loaded, and the default that refuses it."""

# Sections are blocks of a page, and each imports what it newly needs:
# ruff: noqa: E402

from snippets.saving_and_loading.data import torch
from snippets.saving_and_loading.model import Net

net = Net()

# --8<-- [start:payload]
import os
import pickle


class Gift:
    """Anything with a __reduce__: pickle asks it which call will rebuild it."""

    def __reduce__(self):
        return os.mkdir, ("i-was-here",)  # harmless here; it could be any call


torch.save({"model": net.state_dict(), "note": Gift()}, "gift.pt")
print("marker exists after saving:", os.path.exists("i-was-here"))

try:
    torch.load("gift.pt", map_location="cpu")  # weights_only=True is the default
except pickle.UnpicklingError as error:
    print(f"{type(error).__name__}: {str(error).split('. ')[0]}")
print("marker exists after the refusal:", os.path.exists("i-was-here"))

# weights_only=False: to show what it lets happen; we wrote this file ourselves
gift = torch.load("gift.pt", weights_only=False, map_location="cpu")
print("loaded, without a word:", list(gift))
print("marker exists after the forced load:", os.path.exists("i-was-here"))
os.rmdir("i-was-here")
# --8<-- [end:payload]
