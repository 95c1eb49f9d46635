"""Where mixed precision pays: step time and peak memory over width, on a GPU.

Weights, gradients and Adam's averages stay float32 in every case. What shrinks is what
the forward pass keeps for backward; what comes on top are copies of the weights in the
smaller type.
"""

import json
import sys
from contextlib import contextmanager

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

FORMATS = {  # name: (numbers' type, what products of float32 may use)
    "float32": (torch.float32, "highest"),
    "tf32": (torch.float32, "high"),  # float32 numbers, multiplied with fewer digits
    "bfloat16": (torch.bfloat16, "highest"),
    "float16": (torch.float16, "highest"),  # with a scaler that is switched on
}


def formats_of(device):
    """The names of the formats that a device calculates in; it may imitate others."""
    known = set(FORMATS)
    if device.type == "cuda":
        if torch.cuda.get_device_capability(device) < (8, 0):
            known.remove("tf32")  # asked for, it would be float32 under another name
        if not torch.cuda.is_bf16_supported(including_emulation=False):
            known.remove("bfloat16")
    return [name for name in FORMATS if name in known]


@contextmanager
def float32_products(precision):
    """Let products of float32 use what `precision` allows, then what they used."""
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision(precision)
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)


def measure_cell(name, width, batch, device, warmup, repeats):
    """Milliseconds of each step and peak megabytes, in the format of that name."""
    dtype, precision = FORMATS[name]
    with float32_products(precision):
        seconds, peak = time_and_memory(width, batch, device, dtype, warmup, repeats)
    return [s * 1e3 for s in seconds], peak / 1e6


def measure_cells(device, names, cells, warmup, repeats):
    """Metrics of every cell (width, batch) in every number format named."""
    for name in names:  # so that no cell pays for what is set up once
        measure_cell(name, 64, 64, device, 1, 1)
    metrics = {}
    for width, batch in cells:
        for name in names:
            print(f"width {width}, batch {batch}, {name}", file=sys.stderr)
            times, peak = measure_cell(name, width, batch, device, warmup, repeats)
            key = f"{name}_w{width}_b{batch}"
            metrics[f"{key}_ms"], metrics[f"{key}_mb"] = summary(times), summary([peak])
    for width, batch in cells:
        for name in names[1:]:
            key = f"w{width}_b{batch}"
            for unit, word in (("ms", "speedup"), ("mb", "memory_ratio")):
                plain = metrics[f"float32_{key}_{unit}"]["median"]
                other = metrics[f"{name}_{key}_{unit}"]["median"]
                ratio = plain / other if unit == "ms" else other / plain
                metrics[f"{name}_{key}_{word}"] = summary([ratio])
    return metrics


def speed_table(metrics, names, cells):
    """Step times, and how many times as fast as float32 each step is."""
    rows = []
    for width, batch in cells:
        row = [width, batch]
        for name in names:
            cell = metrics[f"{name}_w{width}_b{batch}_ms"]
            row.append(f"{cell['median']:.3f} ± {cell['spread']:.3f}")
        for name in names[1:]:
            row.append(metrics[f"{name}_w{width}_b{batch}_speedup"]["median"])
        rows.append(row)
    columns = ["width", "batch", *(f"{name}, ms" for name in names)]
    columns += [f"{name}, times as fast" for name in names[1:]]
    return {"columns": columns, "rows": rows}


def memory_table(metrics, names, cells):
    """Peak memory, and its ratio to float32's."""
    rows = []
    for width, batch in cells:
        key = f"w{width}_b{batch}"
        row = [width, batch]
        row += [metrics[f"{name}_{key}_mb"]["median"] for name in names]
        for name in names[1:]:
            row.append(metrics[f"{name}_{key}_memory_ratio"]["median"])
        rows.append(row)
    columns = ["width", "batch", *(f"{name}, MB" for name in names)]
    columns += [f"{name}, of float32's" for name in names[1:]]
    return {"columns": columns, "rows": rows}


def measure(device, widths, batch, more_cells, warmup, repeats):
    """The whole result: a cell for each width, and some more with another batch."""
    names = formats_of(device)
    cells = [*((width, batch) for width in widths), *more_cells]
    metrics = measure_cells(device, names, cells, warmup, repeats)
    series = {}
    for name in names:
        for unit in ("ms", "mb"):
            keys = [f"{name}_w{width}_b{batch}_{unit}" for width in widths]
            line = [metrics[key]["median"] for key in keys]
            series[f"{name}_{unit}"] = {"x": list(widths), "y": [line]}
    speed = speed_table(metrics, names, cells)
    memory = memory_table(metrics, names, cells)
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
    """Time a step and note its peak memory, in each number format, on the GPU.

    Raises RuntimeError where there is no GPU.
    """
    if not torch.cuda.is_available():
        raise RuntimeError("amp_speed measures steps on a CUDA GPU; none is here")
    device = torch.device("cuda")
    return measure(device, widths, batch, more_cells, warmup, repeats)


QUICK = {"widths": (64, 256), "more_cells": ((64, 2048),), "warmup": 2, "repeats": 5}

if __name__ == "__main__":
    print(json.dumps(main()))
