"""Two runs that write one file, and a lock that lets only one of them."""

# --8<-- [start:fails]
from pathlib import Path

import torch

torch.save({"lr": 0.1, "step": 900}, "shared.pt")  # run A
torch.save({"lr": 0.5, "step": 3}, "shared.pt")  # run B, in another window
print("A goes on from:", torch.load("shared.pt", weights_only=True))
# --8<-- [end:fails]

# --8<-- [start:cure]
lock = Path("shared.pt.lock")
for run in ("A", "B"):
    try:
        lock.touch(exist_ok=False)  # one step: only one of them can make it
        print(run, "may write")
    except FileExistsError:
        print(run, "has to stop: another run writes to shared.pt")
lock.unlink()  # by A, in the `finally` of a `try` that begins after `touch`
# --8<-- [end:cure]
