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
# --8<-- [start:copy]
import filecmp
import shutil

# In Colab:
#   from google.colab import drive
#   drive.mount("/content/drive")
#   BACKUP = Path("/content/drive/MyDrive/lesson-1")
BACKUP = Path("backup")  # elsewhere: name a folder on another disk

if not BACKUP.parent.is_dir():  # made now, it would be on the disk that goes away
    raise FileNotFoundError(
        f"there is no {BACKUP.parent}: mount that drive or disk first"
    )
BACKUP.mkdir(exist_ok=True)
step = load_checkpoint("killed.pt")["step"]  # a damaged file is no backup
new = BACKUP / f"killed-step-{step}.pt"  # a name of its own: the last copy stays whole
copied = shutil.copy("killed.pt", new)
print("the copy has the same bytes:", filecmp.cmp("killed.pt", copied, shallow=False))
# --8<-- [end:copy]
