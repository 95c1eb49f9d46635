"""What it costs to copy images from the CPU's memory to the GPU, and what helps.

Ordinary memory is "pageable": the system may move it. Pinned memory stays where it is,
so a GPU can fetch it by itself. With `non_blocking=True` a call may return before its
copy is there; the time that counts is the one until it is.
"""

import json
import sys

import torch

from snippets.gpu_training.data import load_images
from snippets.gpu_training.timing import time_steps
from snippets.gpu_training.timing_lies import back_and_done
from snippets.measure import summary

DEVICES = ("cuda",)


# --8<-- [start:core]
def time_copies(images, device, pinned, non_blocking, warmup=5, repeats=50):
    """Two lists of seconds: until `.to(device)` was back, until the copy was there."""
    source = images.pin_memory() if pinned else images  # pinning needs CUDA

    def copy():
        source.to(device, non_blocking=non_blocking, copy=True)

    return back_and_done(copy, device, warmup, repeats)


# --8<-- [end:core]

WAYS = {  # name: (what table and plot say, pinned, non_blocking)
    "pageable": ("ordinary memory", False, False),
    "pageable_async": ("ordinary memory, non_blocking", False, True),
    "pinned": ("pinned memory", True, False),
    "pinned_async": ("pinned memory, non_blocking", True, True),
}
COLUMNS = ["images", "MB", "from", "call is back, µs", "copy is there, µs", "GB/s"]


def measure_copies(images, name, device, warmup, repeats):
    """The metrics of one way to copy these images, and their row of the table."""
    what, pinned, non_blocking = WAYS[name]
    back, there = time_copies(images, device, pinned, non_blocking, warmup, repeats)
    key = f"{name}_{len(images)}"
    metrics = {
        f"{key}_back_us": summary([seconds * 1e6 for seconds in back]),
        f"{key}_us": summary([seconds * 1e6 for seconds in there]),
        f"{key}_gb_per_s": summary([images.nbytes / s / 1e9 for s in there]),
    }
    call, copy, rate = metrics.values()
    times = [f"{time['median']:.1f} ± {time['spread']:.1f}" for time in (call, copy)]
    row = [f"{len(images):,}", images.nbytes / 1e6, what, *times, rate["median"]]
    return metrics, row


def time_pinning(images, device, repeats):
    """Seconds of `pin_memory()` where it has to pin: each result is kept meanwhile.

    PyTorch pins a freed block no second time, so a loop that keeps nothing would time
    a mere copy.
    """
    kept = []

    def pin():
        kept.append(images.pin_memory())

    return time_steps(pin, device, warmup=1, repeats=repeats)


def measure(device, sizes, warmup, repeats, pinnings):
    """Every way of copying, for every count of images."""
    all_images, _ = load_images(count=max(sizes))  # (count, 784), on the CPU
    metrics, rows = {}, []
    for count in sizes:
        print(f"{count} images", file=sys.stderr)
        images = all_images[:count]
        for name in WAYS:
            values, row = measure_copies(images, name, device, warmup, repeats)
            metrics |= values
            rows.append(row)
        slow = metrics[f"pageable_{count}_us"]["median"]
        for name in list(WAYS)[1:]:
            fast = metrics[f"{name}_{count}_us"]["median"]
            metrics[f"{name}_{count}_gain"] = summary([slow / fast])
        pinning = time_pinning(images, device, pinnings)
        metrics[f"pinning_{count}_us"] = summary([s * 1e6 for s in pinning])
    megabytes = [all_images[:count].nbytes / 1e6 for count in sizes]
    series = {}
    for name in WAYS:
        rates = [metrics[f"{name}_{count}_gb_per_s"]["median"] for count in sizes]
        series[name] = {"x": megabytes, "y": [rates]}
    tables = {"copies": {"columns": COLUMNS, "rows": rows}}
    return {
        "metrics": metrics,
        "series": series,
        "tables": tables,
        "warmup": warmup,
        "repeats": repeats,
    }


def main(sizes=(64, 1024, 8192, 60_000), warmup=5, repeats=50, pinnings=10):
    """Copy so many images to the GPU `repeats` times each way; pin them as well.

    Raises RuntimeError where there is no GPU to copy to.
    """
    if not torch.cuda.is_available():
        raise RuntimeError("transfer measures copies to a CUDA GPU; none is here")
    return measure(torch.device("cuda"), sizes, warmup, repeats, pinnings)


QUICK = {"sizes": (64, 1024), "warmup": 2, "repeats": 5, "pinnings": 3}

if __name__ == "__main__":
    print(json.dumps(main()))
