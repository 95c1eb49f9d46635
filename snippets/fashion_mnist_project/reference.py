"""The reference solution: one training function, a recipe for each bar.

A run that was interrupted, also in the middle of an epoch, goes on from its last whole
epoch and ends with the predictions that it would have made, bit for bit on a CPU: the
order of the images is a function of seed and epoch, all else is in the checkpoint.
"""

from snippets.fashion_mnist_project.baseline import (
    evaluate,
    math,
    tqdm,
    train_step,
    use_amp,
)
from snippets.fashion_mnist_project.checkpoint import resume, save, snapshot, torch
from snippets.fashion_mnist_project.net import device, nn
from snippets.fashion_mnist_project.predict import predict

# The sections are about what they show:
# isort: split
# --8<-- [start:recipes]
GOOD = {
    "widths": (256, 128),  # of the hidden layers
    "dropout": 0.05,
    "flip": True,  # half of the images, left to right, anew in each batch
    "smoothing": 0.1,  # of the labels
    "batch_size": 256,
    "rate": 1e-2,  # of the optimizer; in a cycle, the highest
    "rise": 0.15,  # of the steps of one cycle; then the rate falls to nearly 0
    "decay": 1e-2,
    "epochs": 14,
    "patience": 14,  # a cycle must not stop early: its last epochs still gain
}
DISTINCTION = GOOD | {
    "widths": (1024, 1024),
    "dropout": 0.35,
    "epochs": 20,
    "patience": 20,
}
# --8<-- [end:recipes]


# --8<-- [start:net]
def make_net(recipe=GOOD):
    """Fully connected, with BatchNorm: images (batch, 784) in, logits (batch, 10) out.

    No widths at all make a softmax regression.
    """
    layers, inputs = [], 784
    for width in recipe["widths"]:
        layers += [nn.Linear(inputs, width), nn.BatchNorm1d(width), nn.ReLU()]
        layers += [nn.Dropout(recipe["dropout"])]
        inputs = width
    return nn.Sequential(*layers, nn.Linear(inputs, 10))


# --8<-- [end:net]


# --8<-- [start:tools]
def flip_half(images):
    """A batch (batch, 784) in which about half of the images are flipped."""
    pictures = images.view(-1, 28, 28)
    chosen = torch.rand(len(images), 1, 1, device=images.device) < 0.5
    return torch.where(chosen, pictures.flip(2), pictures).flatten(1)


def soften(labels, smoothing):
    """Labels (count,) as probabilities (count, 10); `smoothing` is shared by all ten.

    cross_entropy takes them in place of the labels: `label_smoothing` does the same.
    """
    sure = nn.functional.one_hot(labels, 10).float()
    return (1 - smoothing) * sure + smoothing / 10


def make_optimizer(net, recipe):
    """AdamW; `fused` does in one call what else takes many small ones."""
    return torch.optim.AdamW(
        net.parameters(), recipe["rate"], weight_decay=recipe["decay"], fused=True
    )


def make_schedule(optimizer, recipe, images):
    """The rate of each step: one cycle over the whole run; without a rise, constant."""
    if not recipe["rise"]:
        return torch.optim.lr_scheduler.ConstantLR(optimizer, factor=1.0)
    steps = -(-images // recipe["batch_size"])  # an epoch; the last batch is smaller
    return torch.optim.lr_scheduler.OneCycleLR(
        optimizer, recipe["rate"], steps * recipe["epochs"], pct_start=recipe["rise"]
    )


def finished(log, recipe):
    """Are all epochs done, or `patience` of them without a better validation?"""
    scores = [entry["val"]["accuracy"] for entry in log]
    since_best = len(scores) - 1 - scores.index(max(scores)) if scores else 0
    return len(scores) >= recipe["epochs"] or since_best >= recipe["patience"]


# --8<-- [end:tools]


# --8<-- [start:train]
def train(data, checkpoint_path, on_step=None, recipe=GOOD, seed=0):
    """Train, or go on from the checkpoint; returns the predictions, (10000,).

    `data` is what load_training() returns. After each step, `on_step` gets the number
    of steps so far. An exception from it ends the run. A checkpoint of another recipe
    or seed is refused (ValueError), and so is a loss that becomes NaN or infinite.
    """
    images, labels, val_images, val_labels = data
    images = images.to(device)  # (55000, 784)
    targets = soften(labels, recipe["smoothing"]).to(device)  # (55000, 10)
    torch.manual_seed(seed)
    net = make_net(recipe).to(device)
    optimizer = make_optimizer(net, recipe)
    schedule = make_schedule(optimizer, recipe, len(images))
    scaler = torch.amp.GradScaler(device.type, enabled=use_amp)
    parts = {"model": net, "optimizer": optimizer, "scaler": scaler}
    parts |= {"schedule": schedule}
    settings = recipe | {"seed": seed, "images": len(images)}
    progress = resume(checkpoint_path, parts, settings)

    while not finished(progress["log"], recipe):
        order = torch.Generator().manual_seed(1000 * seed + progress["epoch"])
        rows = torch.randperm(len(images), generator=order).to(device)
        progress["epoch"] += 1
        net.train()
        batches = rows.split(recipe["batch_size"])
        for batch in tqdm(batches, f"epoch {progress['epoch']}"):
            x = flip_half(images[batch]) if recipe["flip"] else images[batch]
            train_step(net, optimizer, scaler, x, targets[batch])
            schedule.step()  # after the optimizer's
            progress["step"] += 1
            if on_step:
                on_step(progress["step"])

        val = evaluate(net, val_images, val_labels)
        if not math.isfinite(val["loss"]):  # not over a good checkpoint
            raise ValueError(f"the loss is not finite in epoch {progress['epoch']}")
        progress["log"].append({"val": val})
        if val["accuracy"] > progress["best_accuracy"]:
            weights = {name: value.clone() for name, value in net.state_dict().items()}
            progress |= {"best_accuracy": val["accuracy"], "best_model": weights}
        save(checkpoint_path, snapshot(parts, settings, progress))
        print(
            f"epoch {progress['epoch']} of {recipe['epochs']}: "
            f"validation loss {val['loss']:.3f}, accuracy {val['accuracy']:.2f} %"
        )
    net.load_state_dict(progress["best_model"])
    return predict(net)  # the test set, once, at the very end


# --8<-- [end:train]
