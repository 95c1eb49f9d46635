"""Where an epoch goes: each way of feeding a net, alone and together with training.

How one knows what holds a loop up: replace one part by nothing and see what is left.
Input alone is an epoch without training; training alone is an epoch on one batch that
lies on the device already. What the input takes alone, no device can go below.

With workers, input and training run side by side, so the two need not add up. The start
of the workers is counted: an ordinary DataLoader starts them anew for each epoch.
"""

import gc
import json
import sys
from statistics import median

from snippets.gpu_training.data import FashionMNIST, load_images, nn, time, torch
from snippets.gpu_training.model import make_net
from snippets.gpu_training.timing import synchronize
from snippets.measure import summary

# The section imports what its page newly needs:
# isort: split
# --8<-- [start:core]
from torch.utils.data import DataLoader, Subset, TensorDataset
from torchvision import transforms


def usual_loader(count, batch_size=64, workers=0):
    """As in most tutorials: each image is opened, converted and normalised alone."""
    prepare = transforms.Compose(
        [transforms.ToTensor(), transforms.Normalize((0.286,), (0.353,))]
    )
    dataset = FashionMNIST("data", train=True, download=True, transform=prepare)
    dataset = Subset(dataset, range(count))
    return DataLoader(dataset, batch_size, shuffle=True, num_workers=workers)


def indexed(images, labels, batch_size=64):
    """No loader: one index takes a whole batch out of a tensor."""
    for batch in torch.randperm(len(images), device=images.device).split(batch_size):
        yield images[batch], labels[batch]  # (batch, 784), (batch,)


def epoch_seconds(batches, device, net=None, optimizer=None):
    """Seconds for all batches; without a net it is the input alone, copy included."""
    synchronize(device)
    start = time.perf_counter()
    for x, y in batches:
        x, y = x.to(device), y.to(device)
        if net is not None:
            loss = nn.functional.cross_entropy(net(x.flatten(1)), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    synchronize(device)
    return time.perf_counter() - start


# --8<-- [end:core]

WAYS = {  # name: what the table and the plot call it
    "usual": "usual loader",
    "workers": "usual loader, 2 workers",
    "tensors": "tensors, DataLoader",
    "indexed": "tensors, indexed",
    "resident": "tensors on the GPU, indexed",
}
COLUMNS = ["input", "input alone, µs", "training alone, µs", "both, µs"]
COLUMNS += ["images/s", "s for 60,000", "input's share, %", "gain at most"]


def ways(count, device, batch_size):
    """Each way as a function that gives a new pass over the batches.

    On a CPU, `resident` would be `indexed` once more, so it is left out.
    """
    images, labels = load_images(train=True, count=count)
    usual = usual_loader(count, batch_size)
    workers = usual_loader(count, batch_size, workers=2)
    tensors = DataLoader(TensorDataset(images, labels), batch_size, shuffle=True)
    passes = {
        "usual": lambda: usual,
        "workers": lambda: workers,
        "tensors": lambda: tensors,
        "indexed": lambda: indexed(images, labels, batch_size),
    }
    there, labels_there = images.to(device), labels.to(device)
    if there is not images:  # they were copied, so the device is another
        passes["resident"] = lambda: indexed(there, labels_there, batch_size)
    return passes


def measure(count, device, batch_size, width, repeats, only=WAYS):
    """Seconds of an epoch: {way: {"input", "together": […]}}; training's; the copy's.

    The last two are those of an image: of training alone, and of the copy alone, of a
    batch that is there already. A CPU copies nothing, so its list is empty. The ways
    take turns, so that a machine that slows down meanwhile slows all of them.
    """
    torch.manual_seed(0)
    net = make_net(width).to(device)
    optimizer = torch.optim.Adam(net.parameters())
    passes = ways(count, device, batch_size)
    here = next(iter(passes["tensors"]()))
    there = [tensor.to(device) for tensor in here]
    steps = count // batch_size
    passes = {name: batches for name, batches in passes.items() if name in only}
    training, copying = [], []
    seconds = {name: {"input": [], "together": []} for name in passes}
    gc.collect()  # Python's own tidying, now and not in the middle of an epoch
    for turn in range(repeats + 1):  # the first turn warms up
        trained = epoch_seconds(steps * [there], device, net, optimizer)
        training.append(trained / (steps * batch_size))
        if there[0] is not here[0]:
            copied = epoch_seconds(steps * [here], device)
            copying.append(copied / (steps * batch_size))
        for name, batches in passes.items():
            print(f"turn {turn} of {repeats}: {name}", file=sys.stderr)
            values = seconds[name]
            values["input"].append(epoch_seconds(batches(), device))
            values["together"].append(epoch_seconds(batches(), device, net, optimizer))
    kept = {
        name: {part: numbers[1:] for part, numbers in values.items()}
        for name, values in seconds.items()
    }
    return kept, training[1:], copying[1:]


def report(seconds, training, copying, count):
    """Metrics and the table: times in µs an image, median over the repeats.

    Share and bound are those of the medians, so that the table can be checked.
    """
    metrics = {"training_per_image_us": summary([1e6 * value for value in training])}
    if copying:
        metrics["copy_per_image_us"] = summary([1e6 * value for value in copying])
    rows = []
    for name, values in seconds.items():
        both = values["together"]
        found = {
            "input_per_image_us": [1e6 * value / count for value in values["input"]],
            "together_per_image_us": [1e6 * value / count for value in both],
            "images_per_s": [count / value for value in both],
            "epoch_s": [60000 * value / count for value in both],
        }
        over = median(both) / median(values["input"])
        found |= {"share_percent": [100 / over], "bound": [over]}
        sums = {key: summary(numbers) for key, numbers in found.items()}
        metrics |= {f"{name}_{key}": value for key, value in sums.items()}
        rows.append(row(name, sums, metrics))
    columns = COLUMNS[:2] + ["of it the copy, µs"] * bool(copying) + COLUMNS[2:]
    if "indexed" in seconds:
        usual, direct = metrics["usual_epoch_s"], metrics["indexed_epoch_s"]
        metrics["usual_over_indexed"] = summary([usual["median"] / direct["median"]])
    return {
        "metrics": metrics,
        "tables": {"inputs": {"columns": columns, "rows": rows}},
    }


def row(name, sums, metrics):
    """One way's row of the table."""

    def cell(summed, form):
        return f"{summed['median']:{form}} ± {summed['spread']:{form}}"

    cells = [WAYS[name], cell(sums["input_per_image_us"], ".1f")]
    if "copy_per_image_us" in metrics:
        resident = name == "resident"  # its images lie on the device already
        cells.append("none" if resident else cell(metrics["copy_per_image_us"], ".1f"))
    training = metrics["training_per_image_us"]
    cells += [cell(training, ".1f"), cell(sums["together_per_image_us"], ".1f")]
    for key, form in (("images_per_s", ",.0f"), ("epoch_s", ".1f")):
        cells.append(f"{sums[key]['median']:{form}}")
    cells.append(f"{sums['share_percent']['median']:.0f}")
    return [*cells, f"{sums['bound']['median']:.1f} times"]


def main(count=12000, batch_size=64, large_batch=256, width=256, repeats=5):
    """Measure all ways with `count` images; an epoch of 60,000 is scaled from that.

    The usual loader once more with a larger batch: a step then costs less an image, and
    the loader what it cost before.
    """
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    measured = measure(count, device, batch_size, width, repeats)
    result = {**report(*measured, count), "warmup": 1}
    measured = measure(count, device, large_batch, width, repeats, only=("usual",))
    large = report(*measured, count)
    wanted = ("training_per_image_us", "usual_share_percent", "usual_bound")
    for name in wanted:
        result["metrics"][f"{name}_large_batch"] = large["metrics"][name]
    return result


QUICK = {"count": 1500, "repeats": 1}

if __name__ == "__main__":
    print(json.dumps(main()))
