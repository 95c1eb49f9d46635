"""Where mixed precision pays: step time and peak memory over width, on a GPU.

Weights, gradients and Adam's averages stay float32 in every case. What shrinks is what
the forward pass keeps for backward; what comes on top are copies of the weights in the
smaller type.
"""

import json
import sys

import torch
from torch import nn

from snippets.gpu_training.model import make_net
from snippets.gpu_training.timing import time_steps
from snippets.measure import summary

DEVICES = ("cuda",)


# --8<-- [start:core]
def make_amp_step(width, batch, device, dtype, new_optimizer=torch.optim.Adam):
    """Returns `step()`: one training step under autocast to `dtype` (float32: none)."""
    net = make_net(width).to(device)
    optimizer = new_optimizer(net.parameters(), lr=0.001)
    scaler = torch.amp.GradScaler(device.type, enabled=dtype == torch.float16)
    x = torch.randn(batch, 784, device=device)
    y = torch.randint(10, (batch,), device=device)

    def step():
        enabled = dtype != torch.float32
        with torch.autocast(device.type, dtype=dtype, enabled=enabled):
            loss = nn.functional.cross_entropy(net(x), y)
        optimizer.zero_grad()
        scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()

    return step


def time_and_memory(width, batch, device, dtype, warmup=10, repeats=50):
    """Seconds of each step, and the most bytes that its tensors took at a time.

    PyTorch keeps freed memory and CUDA needs some itself, so nvidia-smi shows more.
    """
    before = torch.cuda.memory_allocated()  # what others hold is not ours
    step = make_amp_step(width, batch, device, dtype)
    torch.cuda.reset_peak_memory_stats()
    seconds = time_steps(step, device, warmup, repeats)
    return seconds, torch.cuda.max_memory_allocated() - before


# --8<-- [end:core]

DTYPES = {
    "float32": torch.float32,
    "bfloat16": torch.bfloat16,
    "float16": torch.float16,  # with a scaler that is switched on
}


def measure_cells(device, cells, warmup, repeats):
    """Metrics of every cell (width, batch) in every number format."""
    for dtype in DTYPES.values():  # so that no cell pays for what is set up once
        time_and_memory(64, 64, device, dtype, 1, 1)
    metrics = {}
    for width, batch in cells:
        for name, dtype in DTYPES.items():
            print(f"width {width}, batch {batch}, {name}", file=sys.stderr)
            seconds, peak = time_and_memory(
                width, batch, device, dtype, warmup, repeats
            )
            key = f"{name}_w{width}_b{batch}"
            metrics[f"{key}_ms"] = summary([s * 1e3 for s in seconds])
            metrics[f"{key}_mb"] = summary([peak / 1e6])
    for width, batch in cells:
        for name in list(DTYPES)[1:]:
            key = f"w{width}_b{batch}"
            for unit, word in (("ms", "speedup"), ("mb", "memory_ratio")):
                plain = metrics[f"float32_{key}_{unit}"]["median"]
                mixed = metrics[f"{name}_{key}_{unit}"]["median"]
                ratio = plain / mixed if unit == "ms" else mixed / plain
                metrics[f"{name}_{key}_{word}"] = summary([ratio])
    return metrics


def speed_table(metrics, cells):
    """Step times, and how many times as fast as float32 each step is."""
    rows = []
    for width, batch in cells:
        row = [width, batch]
        for name in DTYPES:
            cell = metrics[f"{name}_w{width}_b{batch}_ms"]
            row.append(f"{cell['median']:.3f} ± {cell['spread']:.3f}")
        for name in list(DTYPES)[1:]:
            row.append(metrics[f"{name}_w{width}_b{batch}_speedup"]["median"])
        rows.append(row)
    columns = ["width", "batch", *(f"{name}, ms" for name in DTYPES)]
    columns += [f"{name}, times as fast" for name in list(DTYPES)[1:]]
    return {"columns": columns, "rows": rows}


def memory_table(metrics, cells):
    """Peak memory, and its ratio to float32's."""
    rows = []
    for width, batch in cells:
        key = f"w{width}_b{batch}"
        row = [width, batch]
        row += [metrics[f"{name}_{key}_mb"]["median"] for name in DTYPES]
        for name in list(DTYPES)[1:]:
            row.append(metrics[f"{name}_{key}_memory_ratio"]["median"])
        rows.append(row)
    columns = ["width", "batch", *(f"{name}, MB" for name in DTYPES)]
    columns += [f"{name}, of float32's" for name in list(DTYPES)[1:]]
    return {"columns": columns, "rows": rows}


def measure(device, widths, batch, more_cells, warmup, repeats):
    """The whole result: a cell for each width, and some more with another batch."""
    cells = [*((width, batch) for width in widths), *more_cells]
    metrics = measure_cells(device, cells, warmup, repeats)
    series = {}
    for name in DTYPES:
        for unit in ("ms", "mb"):
            keys = [f"{name}_w{width}_b{batch}_{unit}" for width in widths]
            line = [metrics[key]["median"] for key in keys]
            series[f"{name}_{unit}"] = {"x": list(widths), "y": [line]}
    speed, memory = speed_table(metrics, cells), memory_table(metrics, cells)
    return {
        "metrics": metrics,
        "series": series,
        "tables": {"speed": speed, "memory": memory},
        "warmup": warmup,
        "repeats": repeats,
    }


def main(
    widths=(64, 256, 1024, 4096, 8192),
    batch=1024,
    more_cells=((256, 16_384), (1024, 16_384)),
    warmup=10,
    repeats=50,
):
    """Time a step and note its peak memory, in three number formats, on the GPU.

    Raises RuntimeError where there is no GPU.
    """
    if not torch.cuda.is_available():
        raise RuntimeError("amp_speed measures steps on a CUDA GPU; none is here")
    device = torch.device("cuda")
    return measure(device, widths, batch, more_cells, warmup, repeats)


QUICK = {"widths": (64, 256), "more_cells": ((64, 2048),), "warmup": 2, "repeats": 5}

if __name__ == "__main__":
    print(json.dumps(main()))
