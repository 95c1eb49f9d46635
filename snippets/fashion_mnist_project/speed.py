"""The usual loader against tensors in memory: the same net, batch and optimizer.

The usual loader opens, converts and normalises each image alone; with tensors, one
index takes a whole batch. How much that wins depends on what is left to do, so beside
it stands the rate at which this machine multiplies matrices, measured, and the share of
it that each loop reaches.

Only the operations of a step's matrix products count as work: a linear layer takes
2 * batch * weights of them in its forward pass, as many again for the gradient of its
weights, and as many again for that of its inputs, which the first layer does not need.
So forward and backward are about 3 times the forward pass.
"""

import gc
import json
import sys
import time

from torch.utils.data import DataLoader, Subset
from torchvision import transforms

from snippets.fashion_mnist_project.baseline import train_step, use_amp
from snippets.fashion_mnist_project.data import FashionMNIST, load_images, torch
from snippets.fashion_mnist_project.net import device, make_baseline, nn
from snippets.fashion_mnist_project.reference import (
    DISTINCTION,
    GOOD,
    make_net,
    make_optimizer,
)
from snippets.measure import summary


def adam(net, recipe):
    """The baseline's optimizer."""
    return torch.optim.Adam(net.parameters(), lr=1e-3)


CASES = {  # name: new net, new optimizer, recipe
    "good": (make_net, make_optimizer, GOOD),
    "distinction": (make_net, make_optimizer, DISTINCTION),
    "baseline": (lambda recipe: make_baseline(), adam, {"batch_size": 64}),
}
WAYS = {"usual": "usual loader", "tensors": "tensors, indexed"}
COLUMNS = ["net", "batch", "input", "images/s", "times the usual", "GFLOP/s"]
COLUMNS += ["% of the product's rate"]


def usual_loader(count, batch_size):
    """As in most tutorials: batches (batch, 1, 28, 28) and their labels."""
    prepare = transforms.Compose(
        [transforms.ToTensor(), transforms.Normalize((0.286,), (0.353,))]
    )
    dataset = FashionMNIST("data", train=True, download=True, transform=prepare)
    return DataLoader(Subset(dataset, range(count)), batch_size, shuffle=True)


def indexed(images, labels, batch_size):
    """Batches (batch, 784) and their labels out of two tensors, in random order."""
    for batch in torch.randperm(len(images)).to(device).split(batch_size):
        yield images[batch], labels[batch]


def wait():
    """Until the device has done all that it was given to do."""
    if device.type == "cuda":  # pragma: no cover - CUDA
        torch.cuda.synchronize()


def epoch_seconds(batches, net, optimizer):
    """Seconds to train on all batches."""
    scaler = torch.amp.GradScaler(device.type, enabled=use_amp)
    net.train()
    wait()
    start = time.perf_counter()
    for x, y in batches:
        train_step(net, optimizer, scaler, x.flatten(1).to(device), y.to(device))
    wait()
    return time.perf_counter() - start


def product_rates(size, repeats):
    """GFLOP/s of a float32 product of two (size, size), each repeat's after a first."""
    a, b = torch.randn(2, size, size, device=device)
    rates = []
    for _ in range(repeats + 1):
        wait()
        start = time.perf_counter()
        a @ b
        wait()
        rates.append(2 * size**3 / (time.perf_counter() - start) / 1e9)
    return rates[1:]


def count_operations(net):
    """Operations an image in the matrix products of a training step, in GFLOP."""
    weights = [layer.weight.numel() for layer in net if isinstance(layer, nn.Linear)]
    return 2 * (3 * sum(weights) - weights[0]) / 1e9


def measure(name, count, repeats):
    """Seconds an image, in turn: {way: [a value a repeat]}; and GFLOP an image."""
    new_net, new_optimizer, recipe = CASES[name]
    images, labels = (part[:count].to(device) for part in load_images(train=True))
    loader = usual_loader(count, recipe["batch_size"])
    torch.manual_seed(0)
    net = new_net(recipe).to(device)
    optimizer = new_optimizer(net, recipe)
    seconds = {way: [] for way in WAYS}
    gc.collect()  # Python's own tidying, now and not in the middle of an epoch
    for turn in range(repeats + 1):  # the first turn warms up
        for way, values in seconds.items():
            print(f"{name}, turn {turn} of {repeats}: {way}", file=sys.stderr)
            batches = indexed(images, labels, recipe["batch_size"])
            batches = loader if way == "usual" else batches
            values.append(epoch_seconds(batches, net, optimizer) / count)
    return {way: values[1:] for way, values in seconds.items()}, count_operations(net)


def report(found, rates, size):
    """Metrics and table, from {case: what measure returned} and the products' rates."""
    metrics, rows = {"product_gflops": summary(rates)}, []
    rate = metrics["product_gflops"]["median"]
    for name, (seconds, work) in found.items():
        pairs = list(zip(seconds["usual"], seconds["tensors"], strict=True))
        ratio = summary([slow / fast for slow, fast in pairs])
        metrics[f"{name}_ratio"] = ratio
        metrics[f"{name}_megaflop_per_image"] = summary([1e3 * work])
        for way, values in seconds.items():
            tag = f"{name}_{way}"
            speed = summary([1 / value for value in values])
            share = summary([100 * work / value / rate for value in values])
            metrics[f"{tag}_images_per_s"] = speed
            metrics[f"{tag}_share_percent"] = share
            metrics[f"{tag}_epoch_s"] = summary([55000 * value for value in values])
            times = f"{ratio['median']:.1f} ± {ratio['spread']:.1f}"
            cells = [name, CASES[name][2]["batch_size"], WAYS[way]]
            cells += [f"{speed['median']:,.0f} ± {speed['spread']:,.0f}"]
            cells += ["1" if way == "usual" else times]
            cells += [f"{work * speed['median']:.1f}", f"{share['median']:.0f}"]
            rows.append(cells)
    rows.append(
        [f"product of two {size} × {size}", "", "", "", "", f"{rate:.1f}", "100"]
    )
    return {
        "metrics": metrics,
        "tables": {"speed": {"columns": COLUMNS, "rows": rows}},
    }


def main(counts=(12800, 6400, 55000), repeats=(7, 5, 3), size=2048):
    """Measure each case with its count of images, in turn as many times as `repeats`.

    The baseline's count is its whole epoch. A run of it has five.
    """
    found = {
        name: measure(name, count, times)
        for name, count, times in zip(CASES, counts, repeats, strict=True)
    }
    rates = product_rates(size, 10)
    return {**report(found, rates, size), "warmup": 1}


QUICK = {"counts": (1280, 640, 1280), "repeats": (1, 1, 1), "size": 256}

if __name__ == "__main__":
    print(json.dumps(main()))
