"""A save that a crash cannot hurt: what the lesson's card does, as a function."""

# --8<-- [start:save]
import os

import torch


def save_checkpoint(path, state):
    """Save `state`; whatever happens, `path` holds the old state or the new one."""
    temporary = f"{path}.tmp"  # same folder, so the same disk
    with open(temporary, "wb") as file:
        torch.save(state, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)  # one step: nobody ever sees half a file


# --8<-- [end:save]
