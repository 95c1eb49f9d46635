"""What share of the device's own rate of matrix products does a training step reach?

The rate is measured, not taken from a data sheet: the best of some large square
products. A step's operations are counted: those of its matrix products, forward and
backward. All the rest (ReLU, loss, Adam, the calls themselves) counts as time and not
as work.
"""

import json
import sys

import torch
from torch import nn

from snippets.gpu_training.amp_speed import (
    FORMATS,
    float32_products,
    formats_of,
    make_amp_step,
)
from snippets.gpu_training.crossover import make_step
from snippets.gpu_training.model import make_net
from snippets.gpu_training.timing import time_steps
from snippets.measure import summary


# --8<-- [start:core]
def product_rates(size, device, dtype=torch.float32, warmup=1, repeats=5):
    """Operations a second of a (size, size) by (size, size) product, each repeat's."""
    a = torch.randn(size, size, device=device).to(dtype)
    b = torch.randn(size, size, device=device).to(dtype)
    seconds = time_steps(lambda: a @ b, device, warmup, repeats)
    return [2 * size**3 / s for s in seconds]  # one multiplication, one addition each


def count_operations(net, batch):
    """Operations in the matrix products of one training step.

    A layer takes 2 * batch * weights of them in its forward pass. Backward takes as
    many for the gradient of the weights, and as many again for that of the layer's
    inputs, which the first layer does not need.
    """
    weights = [layer.weight.numel() for layer in net if isinstance(layer, nn.Linear)]
    return 2 * batch * (3 * sum(weights) - weights[0])


# --8<-- [end:core]

COLUMNS = ["numbers", "what", "GFLOP", "ms", "GFLOP/s", "% of the measured rate"]


def counts(work, device):
    """Warm-up and repeats: few where a CPU is given a lot of work, in GFLOP."""
    return (1, 5) if device.type == "cpu" and work > 5 else (10, 50)


def measure_products(sizes, device, dtype):
    """The rate of each size: {size: summary in GFLOP/s}."""
    found = {}
    for size in sizes:
        print(f"product, {size}, {dtype}", file=sys.stderr)
        rates = product_rates(size, device, dtype, *counts(2 * size**3 / 1e9, device))
        found[size] = summary([rate / 1e9 for rate in rates])
    return found


def measure_steps(step, work, best, device):
    """Milliseconds, GFLOP/s, percent of the `best` rate: of a step of `work` GFLOP."""
    seconds = time_steps(step, device, *counts(work, device))
    return {
        "ms": summary([s * 1e3 for s in seconds]),
        "gflops": summary([work / s for s in seconds]),
        "percent": summary([100 * work / s / best for s in seconds]),
    }


def measure_format(name, device, sizes, widths, sgd_widths, batch, large_batch=None):
    """Products and steps in one number format: metrics, table rows, plot's line."""
    dtype, _ = FORMATS[name]
    tag = "" if name == "float32" else f"{name}_"
    products = measure_products(sizes, device, dtype)
    best = max(products.values(), key=lambda rate: rate["median"])
    metrics, rows = {f"{tag}matmul_gflops": best}, []
    for size, rate in products.items():
        metrics[f"{tag}matmul_{size}_gflops"] = rate
        work, reached = 2 * size**3 / 1e9, rate["median"]
        share = 100 * reached / best["median"]
        what = f"product of two {size} × {size}"
        rows.append([name, what, work, 1e3 * work / reached, reached, share])

    cases = [("step", "Adam", width, batch) for width in widths]
    cases += [("sgd", "SGD", width, batch) for width in sgd_widths]
    if large_batch:  # more arithmetic for one and the same update
        cases.append(("large", "Adam", widths[-1], large_batch))
    for kind, optimizer, width, batch in cases:
        print(f"{name}, width {width}, batch {batch}, {optimizer}", file=sys.stderr)
        if optimizer == "Adam" and dtype == torch.float32:
            step = make_step(width, batch, device)  # the lesson's own step
        else:
            new_optimizer = getattr(torch.optim, optimizer)
            step = make_amp_step(width, batch, device, dtype, new_optimizer)
        work = count_operations(make_net(width), batch) / 1e9
        found = measure_steps(step, work, best["median"], device)
        for unit, value in found.items():
            metrics[f"{tag}{kind}_w{width}_{unit}"] = value
        what = f"step, width {width}, batch {batch}, {optimizer}"
        rows.append([name, what, work, *[value["median"] for value in found.values()]])
    shares = [metrics[f"{tag}step_w{width}_percent"]["median"] for width in widths]
    return metrics, rows, {"x": list(widths), "y": [shares]}


def main(
    sizes=(1024, 2048, 4096),
    widths=(64, 256, 1024, 4096),
    sgd_widths=(1024,),
    batch=1024,
):
    """Measure the rate of products, then the share of it that training steps reach.

    A GPU also gets a larger product, a wider net and a larger batch, in every number
    format that it has.
    """
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    names, large_batch = ["float32"], None
    if device.type == "cuda":
        sizes, widths, names = (*sizes, 8192), (*widths, 8192), formats_of(device)
        large_batch = 16_384

    metrics, series, rows = {}, {}, []
    for name in names:
        with float32_products(FORMATS[name][1]):
            values, cells, series[name] = measure_format(
                name, device, sizes, widths, sgd_widths, batch, large_batch
            )
        metrics |= values
        rows += cells
    tables = {"rates": {"columns": COLUMNS, "rows": rows}}
    return {"metrics": metrics, "series": series, "tables": tables, "warmup": 1}


QUICK = {"sizes": (256, 512), "widths": (64, 256), "sgd_widths": (64,), "batch": 256}

if __name__ == "__main__":
    print(json.dumps(main()))
