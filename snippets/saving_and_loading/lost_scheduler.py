"""A run stopped at 80 %: what it costs to resume it without some of its state.

AdamW with a cosine schedule, stepped after every batch, on all of Fashion-MNIST's
training set (55,000 to train on, 5,000 to validate; no test set). Every resumed run
starts from the same checkpoint and sees the same batches. The learning rate in force is
kept in the optimizer's state, and CosineAnnealingLR computes each rate from the last:
forget the optimizer, and the rate is back at its start; forget the scheduler as well,
and it does not come down again before the run ends.
"""

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
    "everything": ("optimizer", "scheduler"),
    "without Adam's averages": ("scheduler", "rate"),
    "without the optimizer": ("scheduler",),
    "without the scheduler": ("optimizer",),
    "without both": (),
}


# --8<-- [start:core]
def build(total_steps):
    """The net, AdamW and a cosine schedule down to zero after `total_steps` batches."""
    net = nn.Sequential(
        nn.Linear(784, 256),
        nn.ReLU(),
        nn.Linear(256, 128),
        nn.ReLU(),
        nn.Linear(128, 10),
    )
    optimizer = torch.optim.AdamW(net.parameters(), lr=3e-3)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=total_steps)
    return net, optimizer, scheduler


def resume_with(path, total_steps, loaded):
    """Build all three parts anew and load the model and those named in `loaded`."""
    checkpoint = torch.load(path, map_location="cpu", weights_only=True)
    net, optimizer, scheduler = build(total_steps)
    net.load_state_dict(checkpoint["model"])
    if "optimizer" in loaded:
        optimizer.load_state_dict(checkpoint["optimizer"])
    if "scheduler" in loaded:
        scheduler.load_state_dict(checkpoint["scheduler"])
    if "rate" in loaded:  # set by hand what a fresh optimizer cannot know
        optimizer.param_groups[0]["lr"] = scheduler.get_last_lr()[0]
    return net, optimizer, scheduler


# --8<-- [end:core]


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


def one_seed(data, seed, epochs, every, probe, path):
    """Train to 80 %, save, and go to the end from there in each of the ways."""
    total = epochs * (len(data[0]) // BATCH)
    stop = round(0.8 * total)
    torch.manual_seed(seed)
    parts = net, optimizer, scheduler = build(total)
    train_steps(parts, data, seed, 0, stop)
    state = {
        "model": net.state_dict(),
        "optimizer": optimizer.state_dict(),
        "scheduler": scheduler.state_dict(),
    }
    torch.save(state, path)
    ways = {}
    for way, loaded in WAYS.items():
        parts = resume_with(path, total, loaded)
        first_rate = parts[1].param_groups[0]["lr"]
        scores = train_steps(parts, data, seed, stop, total, every)
        ways[way] = {
            "first_rate": first_rate,
            "last_rate": parts[1].param_groups[0]["lr"],
            "scores": scores,
            "lowest": min(score for _, score in scores),
            "probe": dict(scores)[stop + probe],
            "end": scores[-1][1],
        }
    return ways


def main(seeds=5, count=60000, held_out=5000, epochs=8, every=40, probe=200):
    """Run all ways; `probe` is how many steps after the resume to look first."""
    data = split(count, held_out)
    runs = []
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(seeds):
            print(f"seed {seed}", file=sys.stderr)
            path = Path(folder) / "stopped.pt"
            runs.append(one_seed(data, seed, epochs, every, probe, path))

    metrics, series, rows = {}, {}, []
    start = [run["everything"]["scores"][0][1] for run in runs]
    metrics["at_checkpoint"] = summary(start)
    for way in WAYS:
        key = way.replace("'", "").replace(" ", "_").lower()
        mine = [run[way] for run in runs]
        for name in ("first_rate", "last_rate", "lowest", "probe", "end"):
            metrics[f"{key}_{name}"] = summary([one[name] for one in mine])
        lost = [run["everything"]["end"] - run[way]["end"] for run in runs]
        metrics[f"{key}_lost_at_end"] = summary(lost)  # paired, in points
        series[key] = {
            "x": [step for step, _ in mine[0]["scores"]],
            "y": [[score for _, score in one["scores"]] for one in mine],
        }
        rates = [f"{mine[0][name]:.5f}" for name in ("first_rate", "last_rate")]
        scores = [metrics[f"{key}_{name}"] for name in ("probe", "end")]
        texts = [f"{score['median']:.1f} ± {score['spread']:.1f}" for score in scores]
        rows.append([way, *rates, *texts])
    after = f"% after {probe} steps"
    columns = ["resumed", "first rate", "last rate", after, "% at the end"]
    tables = {"ways": {"columns": columns, "rows": rows}}
    return {"metrics": metrics, "series": series, "tables": tables}


QUICK = {
    "seeds": 1,
    "count": 6000,
    "held_out": 1000,
    "epochs": 5,
    "every": 10,
    "probe": 10,
}

if __name__ == "__main__":
    print(json.dumps(main()))
