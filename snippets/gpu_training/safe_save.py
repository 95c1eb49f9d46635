"""A save that a crash cannot hurt: what the lesson's card does, as a function."""

# --8<-- [start:save]
import os
import secrets
import shutil

import torch


def save_checkpoint(path, state):
    """Save `state`; whatever happens, `path` holds the old state or the new one."""
    # (That is, if the process dies: a power cut or network folder is another matter.)
    path = os.path.realpath(path)  # where a link leads
    new = f"{path}.{secrets.token_hex(4)}.tmp"  # a file of this save alone
    try:
        with open(new, "xb") as file:
            if os.path.exists(path):
                shutil.copymode(path, new)  # what was private stays private
            torch.save(state, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(new, path)  # one step
    finally:
        if os.path.exists(new):  # something failed
            os.remove(new)


# --8<-- [end:save]
