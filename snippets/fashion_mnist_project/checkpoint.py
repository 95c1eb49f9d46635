"""What every training run here keeps on disk, and how it goes on from there."""

import torch

# The section imports what its page newly needs:
# isort: split
# --8<-- [start:checkpoint]
import os


def save(path, state):
    """Save `state`; whatever happens, `path` holds the old state or the new one."""
    with open(f"{path}.tmp", "wb") as file:
        torch.save(state, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(f"{path}.tmp", path)


def snapshot(parts, settings, progress):
    """Everything to go on from, given {name: model, optimizer, …}."""
    state = {name: part.state_dict() for name, part in parts.items()}
    state |= {"settings": settings, "rng": torch.get_rng_state()}
    return state | {"cuda_rng": torch.cuda.get_rng_state_all()} | progress


def resume(path, parts, settings):
    """Load `parts` from the checkpoint and return its progress; a new one's if none.

    A checkpoint of other settings is refused (ValueError) and left as it is.
    """
    new = {"epoch": 0, "step": 0, "best_accuracy": 0.0, "best_model": {}, "log": []}
    if not os.path.exists(path):
        return new
    state = torch.load(path, weights_only=True, map_location="cpu")
    if state["settings"] != settings:
        raise ValueError(
            f"{path} was trained with {state['settings']}, not with {settings}: "
            "choose another path, or delete it to begin anew"
        )
    for name, part in parts.items():
        if state[name]:  # a scaler that was off has saved {}
            part.load_state_dict(state[name])
    torch.set_rng_state(state["rng"])
    torch.cuda.set_rng_state_all(state["cuda_rng"][: torch.cuda.device_count()])
    return {name: state[name] for name in new}


# --8<-- [end:checkpoint]
