"""What torch.compile's first call costs, and what a step takes afterwards."""

import json
import sys
import time
from statistics import median

import torch
from torch import nn

from snippets.gpu_training.timing import synchronize, time_steps
from snippets.measure import summary


def make_step(width, batch, device, backend):
    """A training step of a net of three layers, compiled unless `backend` is ""."""
    torch.manual_seed(0)
    sizes = [(width, width), (width, width), (width, 10)]
    layers = [part for size in sizes for part in (nn.Linear(*size), nn.GELU())]
    net = nn.Sequential(*layers).to(device)
    x = torch.randn(batch, width, device=device)
    run = torch.compile(net, backend=backend) if backend else net
    return lambda: run(x).square().mean().backward()


def first_call(step, device):
    """Seconds of the first call, in which everything is compiled."""
    start = time.perf_counter()
    step()
    synchronize(device)
    return time.perf_counter() - start


def main(width=64, batch=64, repeats=3, backend="inductor", steps=200):
    """Compile from nothing `repeats` times; time steps with and without."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch._inductor.config.force_disable_caches = True  # or only the first compiles
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # two that wait for each other would be timed, too
    first, eager, fast = [], [], []
    for repeat in range(repeats):
        print(f"compilation {repeat + 1} of {repeats}", file=sys.stderr)
        torch.compiler.reset()
        step = make_step(width, batch, device, backend)
        first.append(first_call(step, device))
        plain = make_step(width, batch, device, "")
        plain_ms, fast_ms = (
            1000 * median(time_steps(each, device, repeats=steps))
            for each in (plain, step)
        )
        eager.append(plain_ms)
        fast.append(fast_ms)
    torch.set_num_threads(threads)
    metrics = {
        "first_call_s": summary(first),
        "eager_ms": summary(eager),
        "compiled_ms": summary(fast),
        "speedup": summary([a / b for a, b in zip(eager, fast, strict=True)]),
    }
    settings = {"width": width, "batch": batch, "threads": 1}
    return {"settings": settings, "metrics": metrics, "warmup": 10}


QUICK = {"width": 8, "batch": 4, "repeats": 2, "backend": "eager", "steps": 3}

if __name__ == "__main__":
    print(json.dumps(main()))
