"""The same images in many small steps or in few large ones.

Forward and backward do the same arithmetic however the images are cut; what grows with
the number of steps is what a step costs whatever its size: Python, the start of each
operation, and the optimizer, which goes through all the weights once a step.
"""

import json
import sys
from statistics import median

import torch

from snippets.gpu_training.crossover import make_step
from snippets.gpu_training.model import make_net
from snippets.gpu_training.timing import time_steps
from snippets.measure import summary


# --8<-- [start:core]
def time_pass(batch, width, device, samples=4096, warmup=1, repeats=5):
    """Seconds of training on `samples` random images, in steps of `batch` images."""
    step = make_step(width, batch, device)

    def train_pass():
        for _ in range(samples // batch):
            step()

    return time_steps(train_pass, device, warmup, repeats)


# --8<-- [end:core]

BATCHES = (16, 32, 64, 128, 256, 512, 1024, 2048, 4096)


def fixed_and_per_image(batches, step_seconds):
    """The fit `seconds of a step = fixed + per_image × batch`, both in seconds.

    Least squares of the relative error, so that small steps count as much as large.
    """
    times = torch.tensor(step_seconds, dtype=torch.float64)
    sizes = torch.tensor(batches, dtype=torch.float64)
    parts = torch.stack([1 / times, sizes / times], dim=1)  # (batches, 2)
    wanted = torch.ones(len(batches), 1, dtype=torch.float64)
    fixed, per_image = torch.linalg.lstsq(parts, wanted).solution.flatten().tolist()
    return fixed, per_image


def time_each(step, device, calls, repeats):
    """Seconds of a step where `calls` of them follow each other, as in a pass."""

    def run():
        for _ in range(calls):
            step()

    return [seconds / calls for seconds in time_steps(run, device, 1, repeats)]


def update_alone(width, device, calls, repeats):
    """Seconds of an update of all the weights, with no pass before it."""
    net = make_net(width).to(device)
    for weight in net.parameters():
        weight.grad = torch.randn_like(weight)
    optimizer = torch.optim.Adam(net.parameters())
    return time_each(optimizer.step, device, calls, repeats)


def report(passes, empty, update, samples):
    """Metrics, series and table of {batch: [seconds of a pass, …]}."""
    batches = list(passes)
    metrics = {
        f"pass_b{batch}_ms": summary([1e3 * value for value in seconds])
        for batch, seconds in passes.items()
    }
    repeats = list(zip(*passes.values(), strict=True))  # a pass of each batch
    fits, off = [], []
    for seconds in repeats:
        steps = [
            value * batch / samples
            for value, batch in zip(seconds, batches, strict=True)
        ]
        fixed, per_image = fixed_and_per_image(batches, steps)
        fits.append((fixed, per_image))
        off.append(
            max(
                100 * abs((fixed + per_image * batch) / step - 1)
                for batch, step in zip(batches, steps, strict=True)
            )
        )
    metrics["fixed_ms_per_step"] = summary([1e3 * fixed for fixed, _ in fits])
    metrics["per_image_us"] = summary([1e6 * per_image for _, per_image in fits])
    metrics["fit_off_percent"] = summary(off)
    metrics["empty_ms_per_step"] = summary([1e3 * value for value in empty])
    metrics["update_ms_per_step"] = summary([1e3 * value for value in update])
    small, large = passes[batches[0]], passes[batches[-1]]
    metrics["small_over_large"] = summary(
        [many / few for many, few in zip(small, large, strict=True)]
    )

    fixed = metrics["fixed_ms_per_step"]["median"]
    per_image = metrics["per_image_us"]["median"]
    rows, fitted = [], []
    for batch, seconds in passes.items():
        steps, middle = samples // batch, 1e3 * median(seconds)
        cell = metrics[f"pass_b{batch}_ms"]
        fitted.append(steps * fixed + samples * per_image / 1e3)
        rows.append(
            [
                str(batch),
                str(steps),
                f"{cell['median']:,.1f} ± {cell['spread']:,.1f}",
                f"{middle / steps:.2f}",
                f"{100 * steps * fixed / fitted[-1]:.0f}",
            ]
        )
    columns = ["batch", "steps", "ms for all the images", "ms a step"]
    columns.append("of it fixed cost, by the fit, %")
    series = {
        "measured": {
            "x": batches,
            "y": [[1e3 * value for value in seconds] for seconds in repeats],
        },
        "fit": {"x": batches, "y": [fitted]},
    }
    tables = {"launches": {"columns": columns, "rows": rows}}
    return {"metrics": metrics, "series": series, "tables": tables}


def main(batches=BATCHES, width=256, samples=4096, repeats=7):
    """Train on as many images in steps of each size, and fit what a step costs."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    passes = {}
    for batch in batches:
        print(f"{samples // batch} steps of {batch}", file=sys.stderr)
        torch.manual_seed(0)
        passes[batch] = time_pass(batch, width, device, samples, repeats=repeats)
    calls = samples // batches[0]
    empty = time_each(make_step(1, 1, device), device, calls, repeats)
    update = update_alone(width, device, calls, repeats)
    return {**report(passes, empty, update, samples), "warmup": 1}


QUICK = {"batches": (16, 256, 2048), "samples": 2048, "repeats": 2}

if __name__ == "__main__":
    print(json.dumps(main()))
