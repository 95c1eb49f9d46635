"""A run stopped at 80 %: what it costs to resume it without some of its state.

AdamW with three schedulers, stepped after every batch, on all of Fashion-MNIST's
training set (55,000 to train on, 5,000 to validate; no test set). Every resumed run
starts from the same checkpoint and sees the same batches. The learning rate in force is
kept in the optimizer's state. CosineAnnealingLR makes each rate from the one before;
LambdaLR and OneCycleLR compute it from the number of the step. So what is lost with
optimizer or scheduler is not the same for all.
"""

# Sections are blocks of a page, and each imports what it newly needs:
# ruff: noqa: E402

import json
import sys
import tempfile
from pathlib import Path

import torch
from torch import nn

from snippets.measure import summary
from snippets.saving_and_loading.data import load_images
from snippets.saving_and_loading.loop import accuracy

BATCH = 250
WAYS = {  # what is loaded from the checkpoint, besides the model
    "everything kept": ("optimizer", "scheduler"),
    "Adam's averages lost": ("scheduler", "rate"),
    "optimizer lost": ("scheduler",),
    "scheduler lost": ("optimizer",),
    "both lost": (),
}


# isort: split
# --8<-- [start:schedulers]
import math

from torch.optim import lr_scheduler


def cosine(optimizer, steps):
    """From the highest rate to zero; each rate is made from the one before."""
    return lr_scheduler.CosineAnnealingLR(optimizer, T_max=steps)


def cosine_by_step(optimizer, steps):
    """The same rates; each is computed from the number of the step alone."""

    def share(step):
        return (1 + math.cos(math.pi * step / steps)) / 2

    return lr_scheduler.LambdaLR(optimizer, share)


def one_cycle(optimizer, steps):
    """Up to the highest rate in the first 30 % of the steps, then down to zero."""
    return lr_scheduler.OneCycleLR(optimizer, max_lr=3e-3, total_steps=steps)


# --8<-- [end:schedulers]


# --8<-- [start:core]
def build(new_scheduler, steps):
    """A net, AdamW and a scheduler for a run of so many steps."""
    net = nn.Sequential(
        nn.Linear(784, 256),
        nn.ReLU(),
        nn.Linear(256, 128),
        nn.ReLU(),
        nn.Linear(128, 10),
    )
    optimizer = torch.optim.AdamW(net.parameters(), lr=3e-3)
    return net, optimizer, new_scheduler(optimizer, steps)


def resume_with(loaded, path, new_scheduler, steps):
    """Build all three parts anew and load the model and those named in `loaded`."""
    checkpoint = torch.load(path, map_location="cpu", weights_only=True)
    net, optimizer, scheduler = build(new_scheduler, steps)
    net.load_state_dict(checkpoint["model"])
    if "optimizer" in loaded:
        optimizer.load_state_dict(checkpoint["optimizer"])
    if "scheduler" in loaded:
        scheduler.load_state_dict(checkpoint["scheduler"])
    if "rate" in loaded:  # set by hand
        optimizer.param_groups[0]["lr"] = scheduler.get_last_lr()[0]
    return net, optimizer, scheduler


# --8<-- [end:core]

SCHEDULERS = {
    "CosineAnnealingLR": cosine,
    "LambdaLR": cosine_by_step,
    "OneCycleLR": one_cycle,
}


def split(count, held_out):
    """Images and labels to train on and to validate on, by one fixed permutation."""
    images, labels = load_images(train=True, count=count)
    order = torch.randperm(count, generator=torch.Generator().manual_seed(0))
    held, rest = order[:held_out], order[held_out:]
    return images[rest], labels[rest], images[held], labels[held]


def train_steps(parts, data, seed, first, last, every=None):
    """Train from step `first` to `last`; returns (step, accuracy) each `every` steps.

    The order of the images is a function of seed and epoch, so every run that comes to
    a step sees the same batch there.
    """
    net, optimizer, scheduler = parts
    images, labels, held_images, held_labels = data
    per_epoch = len(images) // BATCH
    scores = []
    for step in range(first, last):
        if step == first or step % per_epoch == 0:
            generator = torch.Generator().manual_seed(1000 * seed + step // per_epoch)
            batches = torch.randperm(len(images), generator=generator).split(BATCH)
        if every and (step - first) % every == 0:
            scores.append((step, accuracy(net, held_images, held_labels)))
        net.train()
        batch = batches[step % per_epoch]
        loss = nn.functional.cross_entropy(net(images[batch]), labels[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step()
    if every:
        scores.append((last, accuracy(net, held_images, held_labels)))
    return scores


def one_seed(name, data, seed, epochs, every, path):
    """Train to 80 %, save, and go to the end from there in each of the ways.

    Returns a row for each way: the steps, and the validation accuracy there in percent.
    """
    new_scheduler = SCHEDULERS[name]
    total = epochs * (len(data[0]) // BATCH)
    stop = round(0.8 * total)
    torch.manual_seed(seed)
    parts = net, optimizer, scheduler = build(new_scheduler, total)
    train_steps(parts, data, seed, 0, stop)
    state = {
        "model": net.state_dict(),
        "optimizer": optimizer.state_dict(),
        "scheduler": scheduler.state_dict(),
    }
    torch.save(state, path)
    rows = []
    for way, loaded in WAYS.items():
        parts = resume_with(loaded, path, new_scheduler, total)
        scores = train_steps(parts, data, seed, stop, total, every)
        steps, accuracies = map(list, zip(*scores, strict=True))
        row = {"scheduler": name, "way": way, "seed": seed}
        rows.append({**row, "steps": steps, "accuracy": accuracies})
    return rows


def measured(rows, scheduler="CosineAnnealingLR"):
    """How runs with one scheduler end, in percent, and how many points they lose."""
    ends = {way: [] for way in WAYS}
    for row in rows:
        if row["scheduler"] == scheduler:
            ends[row["way"]].append(row["accuracy"][-1])
    whole = ends["everything kept"]
    metrics = {"everything_kept": summary(whole)}
    for way in ("optimizer lost", "both lost"):
        lower = [best - end for best, end in zip(whole, ends[way], strict=True)]
        metrics[way.replace(" ", "_")] = summary(lower)  # seed by seed
    return metrics


def main(seeds=5, count=60000, held_out=5000, epochs=8, every=40):
    """Run all schedulers in all ways; the accuracy is looked at each `every` steps."""
    data = split(count, held_out)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "stopped.pt"
        for name in SCHEDULERS:
            for seed in range(seeds):
                print(f"{name}, seed {seed}", file=sys.stderr)
                rows += one_seed(name, data, seed, epochs, every, path)
    settings = {"count": count, "held_out": held_out, "epochs": epochs}
    metrics, series = measured(rows), {"runs": rows}
    return {"settings": settings, "metrics": metrics, "series": series}


QUICK = {"seeds": 1, "count": 6000, "held_out": 1000, "epochs": 5, "every": 10}

if __name__ == "__main__":
    print(json.dumps(main()))
