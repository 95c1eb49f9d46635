"""The pattern to carry away: a training run that survives being killed."""

# capture: tolerance 2e-2 - CPUs round differently, which moves an accuracy a little
# --8<-- [start:card]
import os
import secrets
import shutil
import zipfile
import zlib

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
from torchvision.datasets import FashionMNIST

# Put here what you change from run to run; a change elsewhere is not noticed.
SETTINGS = {"epochs": 3, "seed": 0, "batch_size": 100, "lr": 1e-3}
data = FashionMNIST("data", train=True, download=True)
inputs, targets = data.data[:6000].flatten(1).div(255), data.targets[:6000]
train_set = TensorDataset(inputs[:5000], targets[:5000])  # the rest is for validation

torch.manual_seed(SETTINGS["seed"])
net = nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Dropout(0.2), nn.Linear(128, 10))
optimizer = torch.optim.Adam(net.parameters(), lr=SETTINGS["lr"])
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, SETTINGS["epochs"])
parts = {"model": net, "optimizer": optimizer, "scheduler": scheduler}
epoch, best = 0, 0.0


# Short forms of the lesson's save_checkpoint and load_checkpoint:
def save(path, state):
    """Save `state`; whatever happens, `path` holds the old state or the new one."""
    # (That is, if the process dies: power cuts and network folders are not tried.)
    path = os.path.realpath(path)  # where a link leads
    new = f"{path}.{secrets.token_hex(4)}.tmp"  # a file of this save alone
    try:
        with open(new, "xb") as file:
            if os.path.exists(path):
                shutil.copymode(path, new)  # what was private stays private
            torch.save(state, file)
            file.flush()
            os.fsync(file.fileno())
        load(new)  # what `load` refuses never replaces a good file
        os.replace(new, path)  # one step
    finally:
        if os.path.exists(new):  # something failed
            os.remove(new)


def load(path):
    """Load a checkpoint onto the CPU; one that is damaged raises BadZipFile."""
    try:
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()  # reads every byte; torch.load checks none
            folders = [x.filename for x in archive.infolist() if x.external_attr & 0x10]
    except (zipfile.BadZipFile, RuntimeError, ValueError, zlib.error) as error:
        damaged, folders = str(error), []
    if damaged or folders:  # a flipped bit can mark a tensor as a folder
        place = damaged or folders[0]
        raise zipfile.BadZipFile(f"{path} is damaged ({place}): take an older copy")
    return torch.load(path, weights_only=True, map_location="cpu")


try:
    checkpoint = load("card.pt")
except FileNotFoundError:  # this alone means that there is none yet
    checkpoint = None
if checkpoint is not None:  # go on where the last run stopped
    was = checkpoint.get("settings") if isinstance(checkpoint, dict) else None
    if was != SETTINGS:
        raise ValueError(
            f"card.pt is from {was}, and this run is {SETTINGS}: "
            "rename it and card-best.pt, or delete them"
        )
    for name, part in parts.items():
        part.load_state_dict(checkpoint[name])
    epoch, best = checkpoint["epoch"], checkpoint["best"]
    torch.set_rng_state(checkpoint["rng"])

while epoch < SETTINGS["epochs"]:  # a finished run trains no more
    order = torch.Generator().manual_seed(1000 * SETTINGS["seed"] + epoch)
    batches = DataLoader(train_set, SETTINGS["batch_size"], True, generator=order)
    net.train()
    for x, y in batches:
        loss = nn.functional.cross_entropy(net(x), y)  # x: (100, 784), y: (100,)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    if not all(part.isfinite().all() for part in net.parameters()):
        # not over a good checkpoint
        raise ValueError(f"nan or inf in the weights, epoch {epoch + 1}: lower lr")
    scheduler.step()
    epoch += 1
    net.eval()
    with torch.no_grad():
        right = net(inputs[5000:]).argmax(1) == targets[5000:]
    score = right.float().mean().item()
    if score > best:
        best = score
        save("card-best.pt", net.state_dict())  # before card.pt records its score
    checkpoint = {name: part.state_dict() for name, part in parts.items()}
    checkpoint |= {"settings": SETTINGS, "epoch": epoch, "best": best}
    checkpoint["rng"] = torch.get_rng_state()  # what dropout on a CPU uses
    save("card.pt", checkpoint)
    print(f"epoch {epoch} of {SETTINGS['epochs']}: saved")
print(f"best validation accuracy: {100 * best:.0f} %")
# --8<-- [end:card]
