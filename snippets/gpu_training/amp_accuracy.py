"""Does mixed precision cost accuracy? Pairs of runs that differ in nothing but that.

Both runs of a pair begin with the same weights and see the same images in the same
order. Two scales for their difference: how much runs in float32 differ from seed to
seed, and what a change does that nobody would call a risk, a learning rate higher by a
millionth. The last 5,000 training images are for validation; the test images are not
touched.
"""

import json
import sys

import torch
from torch import nn

from snippets.gpu_training.data import load_images
from snippets.gpu_training.model import make_net
from snippets.measure import summary


# --8<-- [start:core]
def train(seed, dtype, device, images, labels, epochs=3, rate=0.001):
    """Train a net under autocast to `dtype` (float32: none); returns the net."""
    torch.manual_seed(seed)  # the same first weights and the same order in each dtype
    net = make_net(256).to(device)
    optimizer = torch.optim.Adam(net.parameters(), lr=rate)
    scaler = torch.amp.GradScaler(device.type, enabled=dtype == torch.float16)
    images, labels = images.to(device), labels.to(device)
    for _ in range(epochs):
        for batch in torch.randperm(len(images)).to(device).split(256):
            x, y = images[batch], labels[batch]  # (256, 784), (256,)
            enabled = dtype != torch.float32
            with torch.autocast(device.type, dtype=dtype, enabled=enabled):
                loss = nn.functional.cross_entropy(net(x), y)
            optimizer.zero_grad()
            scaler.scale(loss).backward()
            scaler.step(optimizer)
            scaler.update()
    return net


def percent_right(net, images, labels):
    """Percent of the images whose class the net predicts, in float32."""
    device = net[0].weight.device
    with torch.no_grad():
        guesses = net(images.to(device)).argmax(1)  # (count,)
    return 100 * (guesses == labels.to(device)).float().mean().item()


# --8<-- [end:core]

HELD_OUT = 5000
WAYS = {  # name: (what the table says, dtype, learning rate)
    "float32": ("float32", torch.float32, 0.001),
    "bfloat16": ("bfloat16 autocast, no scaler", torch.bfloat16, 0.001),
    "nudged": ("float32, rate a millionth higher", torch.float32, 0.001 * (1 + 1e-6)),
    "float16": ("float16 autocast and scaler", torch.float16, 0.001),  # with CUDA
}
COLUMNS = [
    "trained in",
    "accuracy, %",
    "minus float32's, same seed",
    "weights apart, %",
]


def flat(net):
    """All weights of a net in one vector."""
    return nn.utils.parameters_to_vector(net.parameters()).detach()


def run_seed(seed, ways, device, images, labels, epochs):
    """One seed, trained every way: accuracy and final weights of each."""
    found = {}
    for name in ways:
        print(f"seed {seed}, {name}", file=sys.stderr)
        _, dtype, rate = WAYS[name]
        train_set = images[:-HELD_OUT], labels[:-HELD_OUT]
        net = train(seed, dtype, device, *train_set, epochs, rate)
        right = percent_right(net, images[-HELD_OUT:], labels[-HELD_OUT:])
        found[name] = right, flat(net)
    return found


def main(seeds=5, count=60_000, epochs=3):
    """Train every seed every way, on the first `count` training images but the last."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    ways = [name for name in WAYS if name != "float16" or device.type == "cuda"]
    images, labels = load_images(count=count)
    results = [
        run_seed(seed, ways, device, images, labels, epochs) for seed in range(seeds)
    ]
    metrics, rows = {}, []
    for name in ways:
        right = summary([found[name][0] for found in results])
        metrics[f"{name}_accuracy"] = right
        row = [WAYS[name][0], f"{right['median']:.2f} ± {right['spread']:.2f}", "", ""]
        if name != "float32":
            differences, apart = [], []
            for found in results:
                plain, weights = found["float32"]
                differences.append(found[name][0] - plain)
                distance = (found[name][1] - weights).norm() / weights.norm()
                apart.append(100 * distance.item())
            metrics[f"{name}_difference"] = summary(differences)
            metrics[f"{name}_weights_apart_percent"] = summary(apart)
            for column, values in ((2, differences), (3, apart)):
                cell = summary(values)
                sign = "+" if column == 2 else ""
                row[column] = f"{cell['median']:{sign}.2f} ± {cell['spread']:.2f}"
        rows.append(row)
    metrics["noise"] = summary([metrics["float32_accuracy"]["spread"]])
    tables = {"accuracy": {"columns": COLUMNS, "rows": rows}}
    return {"metrics": metrics, "series": {}, "tables": tables}


QUICK = {"seeds": 2, "count": 8000, "epochs": 1}

if __name__ == "__main__":
    print(json.dumps(main()))
