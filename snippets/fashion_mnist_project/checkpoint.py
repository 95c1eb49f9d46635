"""What every training run here keeps on disk, and how it goes on from there."""

import torch

# The section imports what its page newly needs:
# isort: split
# --8<-- [start:checkpoint]
import os
import secrets
import shutil
import zipfile
import zlib


def save(path, state):
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
        load(new)  # what `load` refuses never replaces a good file
        os.replace(new, path)  # one step
    finally:
        if os.path.exists(new):  # something failed
            os.remove(new)


def load(path):
    """Load a checkpoint onto the CPU; one that is damaged raises BadZipFile."""
    try:
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()  # reads every byte; torch.load checks none
            folders = [x.filename for x in archive.infolist() if x.external_attr & 0x10]
    except (zipfile.BadZipFile, RuntimeError, ValueError, zlib.error) as error:
        damaged, folders = str(error), []
    if damaged or folders:  # a flipped bit can mark a tensor as a folder
        place = damaged or folders[0]
        raise zipfile.BadZipFile(f"{path} is damaged ({place}): take an older copy")
    return torch.load(path, weights_only=True, map_location="cpu")


def snapshot(parts, settings, progress):
    """Everything to go on from, given {name: model, optimizer, …}."""
    state = {name: part.state_dict() for name, part in parts.items()}
    state |= {"settings": settings, "rng": torch.get_rng_state()}
    return state | {"cuda_rng": torch.cuda.get_rng_state_all()} | progress


def resume(path, parts, settings):
    """Load `parts` from the checkpoint and return its progress; a new one's if none.

    A checkpoint of other settings or parts is refused (ValueError), and so is a damaged
    one (BadZipFile); the file is left as it is.
    """
    new = {"epoch": 0, "step": 0, "best_accuracy": 0.0, "best_model": {}, "log": []}
    try:
        state = load(path)
    except FileNotFoundError:  # this alone means that there is none yet
        return new
    was = state.get("settings") if isinstance(state, dict) else None
    if was != settings:
        raise ValueError(
            f"{path} was trained with {was}, not with {settings}: "
            "choose another path, or delete it to begin anew"
        )
    if missing := [name for name in parts if name not in state]:
        raise ValueError(f"{path} holds no {', '.join(missing)}: choose another path")
    for name, part in parts.items():
        if state[name]:  # a scaler that was off has saved {}
            part.load_state_dict(state[name])
    torch.set_rng_state(state["rng"])
    torch.cuda.set_rng_state_all(state["cuda_rng"][: torch.cuda.device_count()])
    rest = {*parts, "settings", "rng", "cuda_rng"}
    return new | {name: value for name, value in state.items() if name not in rest}


# --8<-- [end:checkpoint]
