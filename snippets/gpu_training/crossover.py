"""Step time over width and batch, on the CPU and, where there is one, on the GPU.

Every cell is one training step (forward, loss, backward, Adam) on random data that lies
on the device already: no input and no copy is timed.
"""

import json
import sys
from statistics import median, stdev

import torch
from torch import nn

from snippets.gpu_training.model import make_net
from snippets.gpu_training.timing import time_steps
from snippets.measure import summary

# --8<-- [start:core]
WIDTHS = (64, 256, 1024, 4096)
BATCHES = (16, 64, 256, 1024)


def make_step(width, batch, device):
    """A function that trains one step; net and data are on the device already."""
    net = make_net(width).to(device)
    optimizer = torch.optim.Adam(net.parameters())
    x = torch.randn(batch, 784, device=device)  # (batch, 784)
    y = torch.randint(10, (batch,), device=device)  # (batch,)

    def step():
        loss = nn.functional.cross_entropy(net(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return step


def measure_cell(width, batch, device, warmup=10, repeats=50, limit=5.0, fewest=5):
    """Seconds of each step: `repeats` of them, or as many as fit into `limit` seconds.

    `fewest` are timed however long they take, after at least two that are not.
    """
    step = make_step(width, batch, device)
    trial = time_steps(step, device, warmup=1, repeats=1)[0]
    fits = min(
        1, limit / (trial * (warmup + repeats))
    )  # the share that we have time for
    enough = max(min(fewest, repeats), int(repeats * fits))
    return time_steps(step, device, warmup=int(warmup * fits), repeats=enough)


# --8<-- [end:core]


def measure_grid(device, widths, batches, **settings):
    """Seconds of the steps of every cell: {(width, batch): [seconds, …]}."""
    grid = {}
    for width in widths:
        for batch in batches:
            print(f"{device}: width {width}, batch {batch}", file=sys.stderr)
            torch.manual_seed(0)
            grid[width, batch] = measure_cell(width, batch, device, **settings)
    return grid


def digits(number):
    """A time as people write it: 3 digits, never an exponent."""
    places = 2 if number < 10 else 1 if number < 100 else 0
    return f"{number:,.{places}f}"


def cell_text(seconds, repeats):
    """Median ± spread in ms; a star says that fewer steps were timed than asked for."""
    middle, spread = 1000 * median(seconds), 1000 * stdev(seconds)
    star = "*" if len(seconds) < repeats else ""
    return f"{digits(middle)} ± {digits(spread)}{star}"


def table(widths, batches, text, what="width"):
    """A grid: a row for each width, a column for each batch."""
    columns = [what, *[f"batch {batch}" for batch in batches]]
    rows = [
        [str(width), *[text(width, batch) for batch in batches]] for width in widths
    ]
    return {"columns": columns, "rows": rows}


def growth(name, metrics, widths, batches):
    """How much longer a step takes: for the next width, and for the largest batch."""
    narrow, wide = widths[:2]
    sizes = [sum(p.numel() for p in make_net(w).parameters()) for w in (narrow, wide)]
    found = {"weights_ratio": summary([sizes[1] / sizes[0]])}
    for batch in batches:
        times = [metrics[f"{name}_w{width}_b{batch}"]["median"] for width in widths[:2]]
        found[f"{name}_growth_b{batch}"] = summary([times[1] / times[0]])
    ends = [
        metrics[f"{name}_w{narrow}_b{b}"]["median"] for b in (batches[0], batches[-1])
    ]
    found[f"{name}_growth_w{narrow}"] = summary([ends[1] / ends[0]])
    return found


def report(grids, widths, batches, repeats):
    """Metrics, series and tables of the grids: {"cpu": grid} or cpu and cuda."""
    metrics, series, tables, counts = {}, {}, {}, []
    for name, grid in grids.items():
        fewer = 0
        for (width, batch), seconds in grid.items():
            times = [1000 * value for value in seconds]
            metrics[f"{name}_w{width}_b{batch}"] = summary(times)
            fewer += len(seconds) < repeats
        metrics[f"{name}_cells_with_fewer_steps"] = summary([fewer])
        metrics |= growth(name, metrics, widths, batches)
        for batch in batches:
            middle = [1000 * median(grid[width, batch]) for width in widths]
            series[f"{name}_b{batch}"] = {"x": list(widths), "y": [middle]}
        tables[name] = table(
            widths, batches, lambda w, b, grid=grid: cell_text(grid[w, b], repeats)
        )
        for width in widths:
            counts.append([name, width, *[len(grid[width, b]) for b in batches]])
    columns = ["device", "width", *[f"batch {batch}" for batch in batches]]
    tables["repeats"] = {"columns": columns, "rows": counts}

    if "cuda" in grids:
        ratio = {
            cell: median(grids["cpu"][cell]) / median(grids["cuda"][cell])
            for cell in grids["cuda"]
        }
        for (width, batch), value in ratio.items():
            metrics[f"ratio_w{width}_b{batch}"] = summary([value])
        tables["ratio"] = table(
            widths, batches, lambda w, b: digits(ratio[w, b]), "CPU ÷ GPU, width"
        )
    return {"metrics": metrics, "series": series, "tables": tables}


def main(widths=WIDTHS, batches=BATCHES, warmup=10, repeats=50, limit=10.0):
    """Measure the grid in milliseconds, on this CPU and on the GPU if there is one."""
    names = ["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"]
    settings = {"warmup": warmup, "repeats": repeats, "limit": limit}
    grids = {
        name: measure_grid(torch.device(name), widths, batches, **settings)
        for name in names
    }
    return {**report(grids, widths, batches, repeats), "warmup": warmup}


QUICK = {"widths": (64, 1024), "batches": (16, 256), "warmup": 2, "repeats": 8}
QUICK["limit"] = 0.2

if __name__ == "__main__":
    print(json.dumps(main()))
