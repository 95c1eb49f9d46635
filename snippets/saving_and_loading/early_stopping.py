"""Early stopping whose best model and whose patience survive a restart."""

# Sections are blocks of a page, and each imports what it newly needs:
# ruff: noqa: E402

import torch
from torch import nn

from snippets.saving_and_loading.checkpoint import (
    Path,
    is_there,
    load_checkpoint,
    save_checkpoint,
)
from snippets.saving_and_loading.data import load_images
from snippets.saving_and_loading.loop import train_epoch
from snippets.saving_and_loading.model import Net

images, labels = load_images(train=True, count=8000)
val_images, val_labels = images[6000:], labels[6000:]

# isort: split
# --8<-- [start:loop]
import copy
import math


def validation_loss(net):
    """Mean loss on the 2,000 validation images."""
    net.eval()
    with torch.no_grad():
        return nn.functional.cross_entropy(net(val_images), val_labels).item()


def train_until_worse(path, epochs=30, patience=3):
    """Train until `patience` epochs in a row bring no better validation loss.

    It goes on from the file at `path`, also with more patience or epochs. If
    you change anything else in here, choose another path: it does not notice.
    Raises ValueError if the loss becomes NaN or infinite, or if the file is another
    run's; it stays as it was.
    """
    if epochs < 1 or patience < 1:
        raise ValueError(f"epochs is {epochs}, patience {patience}: give 1 or more")
    torch.manual_seed(5)
    net = Net()
    optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
    epoch, best, bad_epochs, best_model = 0, math.inf, 0, None
    if is_there(path):
        checkpoint = load_checkpoint(path)
        if not isinstance(checkpoint, dict) or "bad_epochs" not in checkpoint:
            raise ValueError(f"{path} is not from train_until_worse: choose another")
        net.load_state_dict(checkpoint["model"])
        optimizer.load_state_dict(checkpoint["optimizer"])
        torch.set_rng_state(checkpoint["rng"])
        epoch, best = checkpoint["epoch"], checkpoint["best"]
        bad_epochs, best_model = checkpoint["bad_epochs"], checkpoint["best_model"]

    while epoch < epochs and bad_epochs < patience:
        train_epoch(net, optimizer, images[:1000], labels[:1000])
        epoch += 1
        loss = validation_loss(net)
        if not math.isfinite(loss):  # never better than `best`: patience would hide it
            raise ValueError(
                f"the validation loss is {loss} after epoch {epoch}: lower the "
                f"learning rate, or look for NaN in the data ({path} is as it was)"
            )
        if loss < best:
            best, bad_epochs = loss, 0
            best_model = copy.deepcopy(net.state_dict())  # a copy: net trains on
        else:
            bad_epochs += 1
        checkpoint = {
            "model": net.state_dict(),  # to go on from
            "optimizer": optimizer.state_dict(),
            "rng": torch.get_rng_state(),
            "epoch": epoch,
            "best": best,
            "bad_epochs": bad_epochs,
            "best_model": best_model,  # to use in the end
        }
        save_checkpoint(path, checkpoint)
    return epoch, best


# --8<-- [end:loop]

# capture: tolerance 3e-2 - CPUs round differently, which moves a loss a little
# --8<-- [start:run]
Path("early.pt").unlink(missing_ok=True)  # a fresh start, however often this runs
stopped, best = train_until_worse("early.pt")
print("stopped after epoch:", stopped)
print(f"best validation loss: {best:.3f}")

net = Net()
net.load_state_dict(load_checkpoint("early.pt")["model"])
print(f"validation loss of the last model: {validation_loss(net):.3f}")
net.load_state_dict(load_checkpoint("early.pt")["best_model"])
print(f"validation loss of the best model: {validation_loss(net):.3f}")
# --8<-- [end:run]

# capture: tolerance 3e-2 - CPUs round differently, which moves a loss a little
# --8<-- [start:forgets]
Path("cut.pt").unlink(missing_ok=True)
train_until_worse("cut.pt", epochs=stopped - 1)  # dies one epoch before it stops
checkpoint = load_checkpoint("cut.pt")
print(f"before the restart: best {checkpoint['best']:.3f}")
print("epochs without a better one:", checkpoint["bad_epochs"])

checkpoint.update(best=math.inf, bad_epochs=0)  # as if they had not been saved
save_checkpoint("forgetful.pt", checkpoint)
late, best = train_until_worse("forgetful.pt")
print("resumed without them, stopped after epoch:", late)
print(f"resumed without them, 'best' validation loss: {best:.3f}")
# --8<-- [end:forgets]

# capture: tolerance 3e-2 - CPUs round differently, which moves a loss a little
# --8<-- [start:remembers]
resumed, best = train_until_worse("cut.pt")
print("resumed with them, stopped after epoch:", resumed)
print(f"resumed with them, best validation loss: {best:.3f}")

first = load_checkpoint("early.pt")["best_model"]
second = load_checkpoint("cut.pt")["best_model"]
equal = all(torch.equal(first[name], second[name]) for name in first)
print("same best weights, bit for bit:", equal)
print("started once more:", train_until_worse("cut.pt")[0] - resumed, "epochs trained")
# --8<-- [end:remembers]
