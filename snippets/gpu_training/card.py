"""The loop to carry away: on any device, checkpointed, in mixed precision."""

# capture: tolerance 2e-2 - CPUs round differently, which moves an accuracy a little
# --8<-- [start:card]
import os
import secrets
import shutil
import zipfile

import torch
from torch import nn
from torchvision.datasets import FashionMNIST

# What you change from run to run. Of the settings, `portable.pt` remembers only these.
SETTINGS = {"epochs": 3, "seed": 0, "batch_size": 100, "lr": 1e-3}
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
use_amp = device.type == "cuda"  # what it saves depends on net and GPU: time both
# bfloat16 where the GPU calculates with it; else float16, which needs the scaler.
native = use_amp and torch.cuda.is_bf16_supported(including_emulation=False)
dtype = torch.bfloat16 if native else torch.float16

data = FashionMNIST("data", train=True, download=True)
images = data.data[:6000].to(device).flatten(1).div(255)  # (6000, 784), moved once
labels = data.targets[:6000].to(device)  # (6000,)

torch.manual_seed(SETTINGS["seed"])
net = nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Dropout(0.2), nn.Linear(128, 10))
net.to(device)  # before the optimizer is built
optimizer = torch.optim.Adam(net.parameters(), lr=SETTINGS["lr"])
scaler = torch.amp.GradScaler(device.type, enabled=use_amp and not native)
parts = {"model": net, "optimizer": optimizer, "scaler": scaler}
epoch = 0


# Short forms of lesson 1's save_checkpoint and load_checkpoint:
def save(path, state):
    """Save `state`; whatever happens, `path` holds the old state or the new one."""
    # (That is, if the process dies: a power cut or network folder is another matter.)
    path = os.path.realpath(path)  # where a link leads
    new = f"{path}.{secrets.token_hex(4)}.tmp"  # a file of this save alone
    try:
        with open(new, "xb") as file:
            if os.path.exists(path):
                shutil.copymode(path, new)  # what was private stays private
            torch.save(state, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(new, path)  # one step
    finally:
        if os.path.exists(new):  # something failed
            os.remove(new)


def load(path):
    """Load a checkpoint onto the CPU; one that is damaged raises BadZipFile."""
    with zipfile.ZipFile(path) as archive:
        damaged = archive.testzip()  # reads every byte; torch.load checks none
    if damaged:
        raise zipfile.BadZipFile(f"{path} is damaged ({damaged}): take an older copy")
    return torch.load(path, weights_only=True, map_location="cpu")


if os.path.exists("portable.pt"):  # go on where the last run stopped, on any device
    checkpoint = load("portable.pt")
    if checkpoint.get("settings") != SETTINGS:
        raise ValueError(
            f"portable.pt is from {checkpoint.get('settings')}, and this run is "
            f"{SETTINGS}: rename it, or delete it"
        )
    for name, part in parts.items():
        if checkpoint[name]:  # a scaler that was off has saved {}
            part.load_state_dict(checkpoint[name])  # moves to where the part is
    epoch = checkpoint["epoch"]
    torch.set_rng_state(checkpoint["rng"])
    torch.cuda.set_rng_state_all(checkpoint["cuda_rng"][: torch.cuda.device_count()])

while epoch < SETTINGS["epochs"]:  # a finished run trains no more
    order = torch.Generator().manual_seed(1000 * SETTINGS["seed"] + epoch)
    rows = torch.randperm(5000, generator=order).to(device)  # the same everywhere
    net.train()
    for batch in rows.split(SETTINGS["batch_size"]):
        x, y = images[batch], labels[batch]  # (100, 784), (100,)
        with torch.autocast(device.type, dtype=dtype, enabled=use_amp):
            loss = nn.functional.cross_entropy(net(x), y)
        optimizer.zero_grad()
        scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()
    epoch += 1
    checkpoint = {name: part.state_dict() for name, part in parts.items()}
    checkpoint |= {"settings": SETTINGS, "epoch": epoch, "rng": torch.get_rng_state()}
    checkpoint["cuda_rng"] = torch.cuda.get_rng_state_all()  # [] without a GPU
    save("portable.pt", checkpoint)
    print(f"epoch {epoch} of {SETTINGS['epochs']}: saved")

net.eval()
with torch.no_grad():
    right = net(images[5000:]).argmax(1) == labels[5000:]  # the rest: validation
print(f"validation accuracy: {100 * right.float().mean().item():.0f} %")
# --8<-- [end:card]
