"""Two races: a tiny net on little data, a big one on all of it, and a third one.

The third is empty: as many steps as the tiny race, on a net of width 1 with one image a
step. It has next to no arithmetic, so its time is what a step costs anyhow.
"""

import json
import math
import sys

import torch

from snippets.gpu_training.data import load_images, time
from snippets.gpu_training.loop import train_epoch
from snippets.gpu_training.model import make_net
from snippets.measure import summary


# --8<-- [start:core]
def race(net, images, labels, device, epochs=1, batch_size=64):
    """Seconds of training on `device`; moving net and data there is not counted."""
    net = net.to(device)
    images, labels = images.to(device), labels.to(device)
    optimizer = torch.optim.Adam(net.parameters())
    # To warm up: one whole batch, and one as short as the last will be.
    first = slice(batch_size + len(images) % batch_size)
    train_epoch(net, optimizer, images[first], labels[first], batch_size)

    start = time.perf_counter()
    for _ in range(epochs):
        train_epoch(net, optimizer, images, labels, batch_size)
    # train_epoch ends with float(total), which waits until the device is done
    return time.perf_counter() - start


def weights_of(net):
    """The number of weights in each layer that has any."""
    return [layer.weight.numel() for layer in net if hasattr(layer, "weight")]


def arithmetic(net, images):
    """Operations in the matrix products of training once on so many images.

    For each weight and image: 2 forwards (multiply, add), 2 for the weight's gradient,
    2 for the gradient of the layer's input, which the first layer does not need.
    """
    weights = weights_of(net)
    return (6 * sum(weights) - 2 * weights[0]) * images


# --8<-- [end:core]

COLUMNS = ["race", "images", "weights", "steps", "GFLOP", "seconds", "GFLOP/s"]


def run_race(kind, data, device, repeats):
    """Run one race (width, images, batch, epochs) `repeats` times: all its values."""
    width, count, batch, epochs = kind
    images, labels = data[0][:count], data[1][:count]
    seconds = []
    for seed in range(repeats):
        torch.manual_seed(seed)
        net = make_net(width)
        seconds.append(race(net, images, labels, device, epochs, batch))
    weights = sum(weights_of(net))
    seen, steps = count * epochs, math.ceil(count / batch) * epochs
    gflop = arithmetic(net, seen) / 1e9
    return {
        "images": [seen],
        "weights": [weights],
        "steps": [steps],
        "gflop": [gflop],
        "seconds": seconds,
        "rate": [gflop / value for value in seconds],  # GFLOP/s
        "us_per_image": [1e6 * value / seen for value in seconds],
        "ms_per_step": [1e3 * value / steps for value in seconds],
    }


def table(measured):
    """A row for each race."""
    rows = []
    for name, values in measured.items():
        sums = {key: summary(numbers) for key, numbers in values.items()}
        cells = [
            f"{sums[key]['median']:,.0f}" for key in ("images", "weights", "steps")
        ]
        cells.append(f"{sums['gflop']['median']:,.4g}")
        for key in ("seconds", "rate"):
            middle, spread, repeats = sums[key].values()
            known = f" ± {spread:.2g}" if repeats > 1 else " (once)"
            cells.append(f"{middle:.3g}{known}")
        rows.append([name, *cells])
    return {"columns": COLUMNS, "rows": rows}


def report(by_device):
    """Metrics and tables; the first device's names are neutral, a second is `host`."""
    metrics, tables, seconds = {}, {}, {}
    for prefix, measured in zip(("", "host_"), by_device.values(), strict=False):
        for name, values in measured.items():
            for key, numbers in values.items():
                metrics[f"{prefix}{name}_{key}"] = summary(numbers)
            seconds[prefix, name] = metrics[f"{prefix}{name}_seconds"]["median"]
        rates = [metrics[f"{prefix}{name}_rate"]["median"] for name in ("tiny", "big")]
        fixed = seconds[prefix, "empty"] / seconds[prefix, "tiny"]
        metrics[f"{prefix}rate_ratio"] = summary([rates[1] / rates[0]])
        longer = seconds[prefix, "big"] / seconds[prefix, "tiny"]
        metrics[f"{prefix}seconds_ratio"] = summary([longer])
        work = [metrics[f"{prefix}{name}_gflop"]["median"] for name in ("tiny", "big")]
        metrics[f"{prefix}gflop_ratio"] = summary([work[1] / work[0]])
        metrics[f"{prefix}tiny_fixed_percent"] = summary([100 * fixed])
        tables["host" if prefix else "races"] = table(measured)
    if len(by_device) == 2:
        for name in measured:
            faster = seconds["host_", name] / seconds["", name]
            metrics[f"{name}_speedup"] = summary([faster])
    return {"metrics": metrics, "tables": tables}


def main(
    tiny=(32, 1000, 16, 10),
    big=(2048, 60000, 512, 1),
    repeats=5,
    big_repeats=3,
    host_big_repeats=1,
):
    """Run the races, each given as width, images, batch and epochs.

    Where there is a GPU, they run on it and then on that machine's CPU (the host).
    """
    data = load_images(train=True)
    width, count, batch, epochs = tiny
    kinds = {
        "tiny": (tiny, repeats),
        "empty": ((1, math.ceil(count / batch), 1, epochs), repeats),
        "big": (big, big_repeats),
    }
    devices = ["cuda", "cpu"] if torch.cuda.is_available() else ["cpu"]
    by_device = {}
    for name in devices:
        device, by_device[name] = torch.device(name), {}
        for race_name, (kind, times) in kinds.items():
            if race_name == "big" and device.type != devices[0]:
                times = host_big_repeats
            print(f"{name}: {race_name}", file=sys.stderr)
            by_device[name][race_name] = run_race(kind, data, device, times)
    return {**report(by_device), "warmup": 1}


QUICK = {"tiny": (32, 1000, 16, 2), "big": (512, 6000, 512, 1), "repeats": 2}
QUICK["big_repeats"] = 1

if __name__ == "__main__":
    print(json.dumps(main()))
