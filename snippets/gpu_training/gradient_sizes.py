"""How large gradients are, and which of them float16 holds at each scale of the loss.

The net of the page with eight hidden layers before its first step, one batch of 4,096
images: the gradients of all its weights and biases in float32, counted by their power
of two. Then each is multiplied by each scale and rounded to float16: how many become 0
or infinite, and how many lie where float16 loses digits. Beside it a backward pass that
calculates in float16, with that scale: how far its gradient of the first layer is off.
It counts numbers and measures no time, so it is recorded on a CPU alone.
"""

import copy
import json

import torch
from torch import nn

from snippets.gpu_training.data import load_images

DEVICES = ("cpu",)
FULL_DIGITS = torch.finfo(
    torch.float16
).smallest_normal  # below, one is lost after another


def stack(layers, width=128):
    """A net with so many hidden layers: images (batch, 784) → logits (batch, 10)."""
    sizes = [784, *(width for _ in range(layers))]
    parts = []
    for before, after in zip(sizes, sizes[1:], strict=False):
        parts += [nn.Linear(before, after), nn.ReLU()]
    return nn.Sequential(*parts, nn.Linear(width, 10))


def gradients(net, x, y, dtype=torch.float32, scale=1.0):
    """The gradients of all parameters, calculated in `dtype`, as float32."""
    twin = copy.deepcopy(net).to(dtype)
    loss = nn.functional.cross_entropy(twin(x.to(dtype)).float(), y)
    (loss * scale).backward()
    return [weights.grad.float() / scale for weights in twin.parameters()]


def by_power(sizes):
    """How many sizes lie from each power of two to the next: {exponent: count}."""
    exponents = torch.frexp(sizes).exponent - 1  # 2**e ≤ size < 2**(e + 1)
    powers, counts = exponents.unique(return_counts=True)
    return dict(zip(powers.tolist(), counts.tolist(), strict=True))


def held(sizes, scale):
    """What float16 makes of sizes times a scale: how many are 0, infinite, inexact."""
    half = (sizes * scale).half()
    few = (half > 0) & (half < FULL_DIGITS)
    return {
        "zero": (half == 0).sum().item(),
        "few_digits": few.sum().item(),
        "infinite": half.isinf().sum().item(),
    }


def off_percent(true, half):
    """How far a gradient is from the true one, in percent; None if it has no number."""
    off = 100 * ((half - true).norm() / true.norm()).item()
    return round(off, 3) if off < float("inf") else None


def main(layers=8, count=4096, seed=0, largest=24):
    """Count the gradients by size, and what float16 makes of them at each scale."""
    x, y = load_images(count=count)
    torch.manual_seed(seed)
    stack(2)  # the page makes a net with two hidden layers first
    net = stack(layers)
    true = gradients(net, x, y)
    every = torch.cat([part.flatten() for part in true]).abs()
    sizes = every[every > 0]
    rows = []
    for power in range(largest + 1):
        half = gradients(net, x, y, torch.float16, 2.0**power)
        off = off_percent(true[0], half[0])
        found = {"power": power, **held(sizes, 2.0**power)}
        rows.append(found if off is None else {**found, "off_percent": off})
    bins = [{"power": e, "gradients": n} for e, n in by_power(sizes).items()]
    return {
        "settings": {"layers": layers, "batch": count, "seed": seed},
        "counts": {"parameters": len(every), "not_zero": len(sizes)},
        "series": {"sizes": bins, "scales": rows},
    }


QUICK = {"count": 256, "largest": 3}

if __name__ == "__main__":
    print(json.dumps(main()))
