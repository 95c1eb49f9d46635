"""Files that go away with a session, and a copy that stays."""

# Sections are blocks of a page, and each imports what it newly needs:
# ruff: noqa: E402

# --8<-- [start:fails]
import os
from pathlib import Path

import torch

folder = Path("drive_not_mounted/MyDrive/run-1")
folder.mkdir(parents=True, exist_ok=True)  # no error: an ordinary folder
torch.save({"step": 80}, folder / "checkpoint.pt")
print("on a disk of its own:", os.path.ismount("drive_not_mounted"))
# --8<-- [end:fails]

# --8<-- [start:cure]
import shutil

# In Colab, first: from google.colab import drive; drive.mount("/content/drive")
mount = "/"  # in Colab: "/content/drive"
kept = Path("kept/run-1")  # in Colab: Path(mount, "MyDrive/run-1")
if not os.path.ismount(mount):
    raise FileNotFoundError(f"nothing is mounted at {mount}")
kept.mkdir(parents=True, exist_ok=True)
torch.save({"step": 80}, "checkpoint.pt")  # on the fast local disk
new = shutil.copy("checkpoint.pt", kept / "unfinished.pt")
step = torch.load(new, weights_only=True, map_location="cpu")["step"]
os.replace(new, kept / f"step-{step:07}.pt")
print("copied and read back: step", step)
# --8<-- [end:cure]
