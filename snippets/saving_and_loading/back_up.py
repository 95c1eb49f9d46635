"""A checkpoint copied to where it outlives the machine."""

# Sections are blocks of a page, and each imports what it newly needs:
# ruff: noqa: E402

import torch

from snippets.saving_and_loading.checkpoint import (
    Path,
    load_checkpoint,
    save_checkpoint,
)

save_checkpoint("killed.pt", {"model": {"weight": torch.ones(3)}, "step": 80})

# isort: split
# --8<-- [start:place]
import os
import shutil

BACKUP = Path("backup")  # only to try it here: yours is a folder on another disk
# In Colab, remove the marks of the next three lines:
# from google.colab import drive
# drive.mount("/content/drive")
# BACKUP = Path("/content/drive/MyDrive/lesson-1")  # a folder for each run

if not BACKUP.parent.is_dir():  # made now, it would be on the disk that goes away
    raise FileNotFoundError(
        f"there is no {BACKUP.parent}: mount that drive or disk first"
    )
BACKUP.mkdir(exist_ok=True)
# --8<-- [end:place]

# --8<-- [start:copy]
new = shutil.copy("killed.pt", BACKUP / "unfinished")  # no older copy is touched
step = load_checkpoint(new)["step"]  # every byte is read: a damaged copy is refused
os.replace(new, BACKUP / f"killed-step-{step}.pt")
print("copied and read back: step", step)
# --8<-- [end:copy]
