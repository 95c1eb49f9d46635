"""Checkpoints that a crash cannot hurt, and damage that cannot load unseen."""

# --8<-- [start:save]
import os
import pickle
import zipfile
from pathlib import Path

import torch


def save_checkpoint(path, state):
    """Save `state`; whatever happens, `path` holds the old state or the new one."""
    path = Path(path)
    temporary = path.with_name(path.name + ".tmp")  # same folder, so the same disk
    try:
        with open(temporary, "wb") as file:
            torch.save(state, file)
            file.flush()  # from Python to the operating system
            os.fsync(file.fileno())  # from the operating system to the disk
        os.replace(temporary, path)  # one step: nobody ever sees half a file
    except BaseException:  # also Ctrl-C
        temporary.unlink(missing_ok=True)
        raise


# --8<-- [end:save]


# --8<-- [start:load]
class CheckpointError(Exception):
    """A checkpoint cannot be used: which file, what is wrong, what to do."""


def check_bytes(path):
    """Raise BadZipFile unless the file is a whole archive with right checksums."""
    with open(path, "rb") as file:
        start = file.read(4)
    if start != b"PK\x03\x04":  # torch.save writes a zip archive
        raise zipfile.BadZipFile("not a checkpoint" if start else "empty file")
    if not zipfile.is_zipfile(path):  # an archive's table of contents comes last
        raise zipfile.BadZipFile("cut short")
    with zipfile.ZipFile(path) as archive:
        damaged = archive.testzip()  # reads every byte; torch.load checks none
        # One flipped bit can also mark a tensor as a folder: torch.load skips those.
        folders = [entry for entry in archive.infolist() if entry.external_attr & 0x10]
    if damaged or folders:
        raise zipfile.BadZipFile(f"damaged at {damaged or folders[0].filename}")


def advice(error):
    """What is wrong with a file and what to do, given the error of loading it."""
    if isinstance(error, FileNotFoundError):
        return "does not exist: check the path"
    if isinstance(error, pickle.UnpicklingError):
        return (
            "holds objects that could run code: if it is yours, save only tensors "
            "and plain values; if not, do not load it"
        )
    reason = str(error).partition("\n")[0] or type(error).__name__
    return f"cannot be loaded ({reason}): go back to an older copy"


def load_checkpoint(path):
    """Load a checkpoint onto the CPU; raise CheckpointError if it is not sound."""
    try:
        check_bytes(path)
        return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch.load and zipfile raise a dozen types
        raise CheckpointError(f"{path} {advice(error)}") from error


# --8<-- [end:load]
