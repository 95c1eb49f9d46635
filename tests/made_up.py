"""Captures of a crossover with MADE-UP numbers: test fixtures, measured by nobody.

They never stand in docs/captures; tests plant them in trees of their own.
"""

from itertools import product

from scripts.captures import capture_file

WIDTHS, BATCHES = (64, 256, 1024, 4096), (16, 64, 256, 1024)
CELLS = list(product(WIDTHS, BATCHES))
CLOSE = (256, 16)  # the one cell with spreads as wide as its differences
CPU = "Made-up CPU <test> & fixture"
GPU = "Made-up GPU"


def cpu_ms(width: int, batch: int) -> float:
    """A made-up time: a fixed part, and one that grows with the work."""
    return 1.0 + width * batch / 2000


def cuda_ms(width: int, batch: int) -> float:
    """A made-up time: loses the smallest cells, wins the largest."""
    return 2.0 + width * batch / 100_000


def capture(device: str, fingerprint: str, name: str = CPU) -> dict:
    """An unsealed capture of the crossover on a machine that does not exist."""
    times = {"cpu": cpu_ms} | ({"cuda": cuda_ms} if device == "cuda" else {})
    factor = 0.5 if device == "cuda" else 1  # its CPU is another
    metrics = {
        f"{kind}_w{w}_b{b}": {
            "median": ms(w, b) * (factor if kind == "cpu" else 1),
            "spread": ms(w, b) / (2 if (w, b) == CLOSE else 50),
            "n": 5 if w == 4096 else 50,
        }
        for kind, ms in times.items()
        for w, b in CELLS
    }
    machine = dict.fromkeys(capture_file.MACHINE) | {
        "device": device,
        "cpu": name,
        "gpu": GPU if device == "cuda" else None,
        "threads": 2,
        "torch": "9.9.9",
    }
    return dict.fromkeys(capture_file.PASSPORT) | {
        "command": "made up for a test",
        "fingerprint": fingerprint,
        "recorded": "2001-01-01",
        "machine": machine,
        "seconds": 0.0,
        "warmup": 0,
        "repeats": 50,
        "result": {"metrics": {**metrics, f"{device}_cells": {"median": 16}}},
    }


def without_the_widest(capture: dict) -> None:
    """Make it one of a GPU with too little memory for the widest net."""
    metrics = capture["result"]["metrics"]
    for name in [name for name in metrics if "_w4096" in name]:
        del metrics[name]
    cell = {"cell": "cuda: width 4096, batch 16", "least": {"width": 4096}}
    capture["left_out"] = [cell]
