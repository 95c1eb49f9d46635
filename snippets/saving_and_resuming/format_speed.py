"""How long a net's weights take to save and to load, as .pt and as safetensors."""

import json
import sys
import tempfile
from pathlib import Path
from time import perf_counter

import torch
from safetensors.torch import load_file, save_file

from snippets.measure import summary

WAYS = {  # metric: what is loaded, and how
    "pt_ms": lambda folder: torch.load(folder / "net.pt", weights_only=True),
    "mapped_pt_ms": lambda folder: torch.load(
        folder / "net.pt", weights_only=True, mmap=True
    ),
    "safetensors_ms": lambda folder: load_file(folder / "net.safetensors"),
}


def milliseconds(work):
    """What one call of `work` takes."""
    start = perf_counter()
    work()
    return 1000 * (perf_counter() - start)


def read_all(load, folder):
    """Load a file and look at each number: what is mapped is read only then."""
    for tensor in load(folder).values():
        tensor.sum()


def main(layers=30, numbers=1_000_000, repeats=15):
    """Save the same tensors both ways and load them, in turns; times in ms."""
    torch.manual_seed(0)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # two that wait for each other would be timed, too
    state = {f"{layer}.weight": torch.rand(numbers) for layer in range(layers)}
    saves = {
        "save_pt_ms": lambda folder: torch.save(state, folder / "net.pt"),
        "save_safetensors_ms": lambda folder: save_file(
            state, folder / "net.safetensors"
        ),
    }
    seen = {name: [] for name in (*saves, *WAYS)}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for repeat in range(repeats + 1):
            print(f"repeat {repeat} of {repeats}", file=sys.stderr)
            for name, save in saves.items():
                seen[name].append(milliseconds(lambda save=save: save(folder)))
            for name, load in WAYS.items():
                took = milliseconds(lambda load=load: read_all(load, folder))
                seen[name].append(took)
    torch.set_num_threads(threads)
    metrics = {name: summary(times[1:]) for name, times in seen.items()}
    settings = {"megabytes": round(layers * numbers * 4 / 1_000_000, 3), "threads": 1}
    return {"settings": settings, "metrics": metrics, "warmup": 1}


QUICK = {"layers": 2, "numbers": 1000, "repeats": 2}

if __name__ == "__main__":
    print(json.dumps(main()))
