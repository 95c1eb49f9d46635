"""The baseline's training: resumable, on any device, chosen on validation."""

import torch

from snippets.fashion_mnist_project.checkpoint import resume, save, snapshot
from snippets.fashion_mnist_project.data import load_training
from snippets.fashion_mnist_project.net import device, make_baseline, nn

# The section imports what its page newly needs:
# isort: split
# --8<-- [start:step]
import math

from tqdm import tqdm

use_amp = device.type == "cuda"  # on a CPU, float16 is slow


@torch.no_grad()
def evaluate(net, images, labels):
    """Mean loss, and accuracy in percent, in eval mode."""
    net.eval()
    logits = torch.cat([net(part.to(device)).cpu() for part in images.split(1000)])
    labels = labels.cpu()  # (count,)
    right = logits.argmax(1) == labels
    loss = nn.functional.cross_entropy(logits, labels)
    return {"loss": loss.item(), "accuracy": 100 * right.double().mean().item()}


def train_step(net, optimizer, scaler, x, y):
    """One batch: images (batch, 784) and labels (batch,)."""
    with torch.autocast(device.type, dtype=torch.float16, enabled=use_amp):
        loss = nn.functional.cross_entropy(net(x), y)
    optimizer.zero_grad()
    scaler.scale(loss).backward()
    scaler.step(optimizer)
    scaler.update()


# --8<-- [end:step]
# --8<-- [start:train]
def train_baseline(path, on_step=None, epochs=5, batch_size=64, seed=0):
    """Train, or go on from the checkpoint `path`; returns the net best in validation.

    After each step, `on_step` gets the number of steps so far. An exception from it
    ends the run; the next call goes on from the last epoch, which is in the checkpoint.
    Raises ValueError if the loss becomes NaN or infinite; the file stays as it was.
    """
    if epochs < 1:
        raise ValueError(f"epochs is {epochs}: give a number from 1")
    images, labels, val_images, val_labels = load_training()
    images, labels = images.to(device), labels.to(device)  # (55000, 784), (55000,)
    torch.manual_seed(seed)
    net = make_baseline().to(device)  # before the optimizer is built
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
    scaler = torch.amp.GradScaler(device.type, enabled=use_amp)
    parts = {"model": net, "optimizer": optimizer, "scaler": scaler}
    settings = {"seed": seed, "batch_size": batch_size, "images": len(images)}
    progress = resume(path, parts, settings)

    while progress["epoch"] < epochs:  # a finished run trains no more
        order = torch.Generator().manual_seed(1000 * seed + progress["epoch"])
        rows = torch.randperm(len(images), generator=order).to(device)
        progress["epoch"] += 1
        net.train()
        for batch in tqdm(rows.split(batch_size), f"epoch {progress['epoch']}"):
            train_step(net, optimizer, scaler, images[batch], labels[batch])
            progress["step"] += 1
            if on_step:
                on_step(progress["step"])

        train = evaluate(net, images, labels)
        val = evaluate(net, val_images, val_labels)
        if not math.isfinite(train["loss"] + val["loss"]):  # not over a good checkpoint
            raise ValueError(f"the loss is not finite in epoch {progress['epoch']}")
        progress["log"].append({"train": train, "val": val})
        if val["accuracy"] > progress["best_accuracy"]:
            weights = {name: value.clone() for name, value in net.state_dict().items()}
            progress |= {"best_accuracy": val["accuracy"], "best_model": weights}
        save(path, snapshot(parts, settings, progress))
        print(
            f"epoch {progress['epoch']} of {epochs}: train loss {train['loss']:.2f}, "
            f"validation loss {val['loss']:.2f}, accuracy {val['accuracy']:.1f} %"
        )
    net.load_state_dict(progress["best_model"])
    return net


# --8<-- [end:train]
