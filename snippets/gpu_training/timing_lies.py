"""One matrix product on a GPU, two clocks: when the call is back, when it is done.

A call that gives a GPU its work may return before the work is done. A clock that is
stopped at that moment measures the asking, and implies a speed that no device has.
`.item()` has to wait for the number that it hands over: the third way here.
"""

import json
import sys
import time

import torch

from snippets.gpu_training.timing import synchronize
from snippets.measure import summary

DEVICES = ("cuda",)


# --8<-- [start:core]
def back_and_done(work, device, warmup=10, repeats=50):
    """Two lists of seconds: until `work()` was back, and until its work was done."""
    for _ in range(warmup):
        work()
    back, done = [], []
    for _ in range(repeats):
        synchronize(device)  # nothing else is under way
        start = time.perf_counter()
        work()
        back.append(time.perf_counter() - start)  # stopped too early on a GPU
        synchronize(device)
        done.append(time.perf_counter() - start)
    return back, done


# --8<-- [end:core]


def measure(device, size, warmup, repeats):
    """The two clocks, and `.item()`, on a product of two `size` x `size` matrices."""
    torch.manual_seed(0)
    left = torch.randn(size, size, device=device)
    right = torch.randn(size, size, device=device)

    def product():
        return left @ right

    def product_and_item():
        return product()[0, 0].item()

    print(f"products of {size} x {size} on {device}", file=sys.stderr)
    back, done = back_and_done(product, device, warmup, repeats)
    item, _ = back_and_done(product_and_item, device, warmup, repeats)

    operations = 2 * size**3  # one multiplication and one addition for each term
    metrics, rows = {"size": summary([size])}, []
    for name, way, seconds in [
        ("unsynchronised", "the call is back", back),
        ("item", "the call is back, and .item() of the result too", item),
        ("true", "synchronize() is back", done),
    ]:
        times = summary([1000 * second for second in seconds])
        speed = summary([operations / second / 1e12 for second in seconds])
        metrics[f"{name}_ms"], metrics[f"{name}_tflops"] = times, speed
        milliseconds = f"{times['median']:.3f}", f"{times['spread']:.3f}"
        rows.append([way, *milliseconds, f"{speed['median']:,.1f}"])
    ratios = [late / early for early, late in zip(back, done, strict=True)]
    metrics["ratio"] = summary(ratios)
    columns = ["the clock stops when", "median, ms", "spread, ms", "implied TFLOP/s"]
    tables = {"lie": {"columns": columns, "rows": rows}}
    return {"metrics": metrics, "tables": tables, "warmup": warmup, "repeats": repeats}


def main(size=8192, warmup=10, repeats=50):
    """Both clocks on a GPU. Without one there is nothing to find: RuntimeError."""
    if not torch.cuda.is_available():
        raise RuntimeError(
            "timing_lies needs a CUDA GPU and none is here: on a CPU, a call returns "
            "when its work is done, and there is nothing to get wrong"
        )
    return measure(torch.device("cuda"), size, warmup, repeats)


QUICK = {"size": 256, "warmup": 2, "repeats": 3}

if __name__ == "__main__":
    print(json.dumps(main()))
