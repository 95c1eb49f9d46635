"""Which values may stand in a checkpoint: each is saved, then loaded the safe way."""

import argparse
import collections
import datetime
import enum
import io
import json
import pathlib
import random

import numpy as np
import torch
from torch import nn

QUICK = {"names": ("tensor", "pathlib.Path", "str(Path)", "an imported module")}


class Phase(enum.Enum):
    """An enumeration of one's own, as training scripts have them."""

    TRAIN = "train"


def values() -> dict[str, object]:
    """The values to try, by the name that the table shows."""
    return {
        "tensor": torch.zeros(3),
        "int, float, bool": (1, 0.5, True),
        "str": "best so far",
        "None": None,
        "list": [1, 2],
        "tuple": (1, 2),
        "set": {1, 2},
        "dict": {"epoch": 1},
        "collections.OrderedDict": collections.OrderedDict(epoch=1),
        "torch.Size": torch.Size([3]),
        "torch.dtype": torch.float32,
        "torch.device": torch.device("cpu"),
        "torch.get_rng_state()": torch.get_rng_state(),
        "random.getstate()": random.getstate(),
        "numpy.random.get_state()": np.random.get_state(),
        "numpy scalar": np.float64(0.5),
        "float(numpy scalar)": float(np.float64(0.5)),
        "numpy array": np.zeros(3),
        "torch.from_numpy(array)": torch.from_numpy(np.zeros(3)),
        "pathlib.Path": pathlib.Path("net.pt"),
        "str(Path)": str(pathlib.Path("net.pt")),
        "torch.__version__": torch.__version__,
        "str(torch.__version__)": str(torch.__version__),
        "Enum member": Phase.TRAIN,
        "argparse.Namespace": argparse.Namespace(lr=0.1),
        "vars(Namespace)": vars(argparse.Namespace(lr=0.1)),
        "datetime": datetime.datetime(2025, 1, 1),
        "a whole nn.Module": nn.Linear(2, 2),
        "an imported module": random,
    }


def load(file):
    """Load from the start of a file, the safe way."""
    file.seek(0)
    return torch.load(file, weights_only=True, map_location="cpu")


def attempt(value: object) -> dict[str, bool | str | None]:
    """Save `{"value": value}` and load it; None stands for what was not tried."""
    found = {"saved": True, "loads": True, "error": None, "loads_if_allowed": None}
    file = io.BytesIO()
    try:
        torch.save({"value": value}, file)
    except Exception as error:  # whatever it is, its type is what we came for
        return {**found, "saved": False, "loads": None, "error": type(error).__name__}
    try:
        load(file)
    except Exception as error:
        found |= {"loads": False, "error": type(error).__name__}
        with torch.serialization.safe_globals([type(value)]):
            found["loads_if_allowed"] = loads(file)
    return found


def loads(file):
    """Does the file load now?"""
    try:
        load(file)
    except Exception:
        return False
    return True


def main(names: tuple[str, ...] | None = None) -> dict:
    """Try the values of these names, or all of them."""
    every = values()
    rows = [{"value": name, **attempt(every[name])} for name in names or every]
    accepted = sum(row["loads"] is True for row in rows)
    counts = {"accepted": accepted, "refused": len(rows) - accepted}
    counts["allowed"] = sum(row["loads_if_allowed"] is True for row in rows)
    return {"counts": counts, "series": {"values": rows}}


if __name__ == "__main__":
    print(json.dumps(main()))
