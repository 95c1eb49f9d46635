"""The loop to carry away: on any device, checkpointed, in mixed precision."""

# capture: tolerance 2e-2 - CPUs round differently, which moves an accuracy a little
# --8<-- [start:card]
import os

import torch
from torch import nn
from torchvision.datasets import FashionMNIST

EPOCHS, SEED = 3, 0
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
use_amp = device.type == "cuda"  # what it saves depends on net and GPU: time both
# bfloat16 where the GPU calculates with it; else float16, which needs the scaler.
native = use_amp and torch.cuda.is_bf16_supported(including_emulation=False)
dtype = torch.bfloat16 if native else torch.float16

data = FashionMNIST("data", train=True, download=True)
images = data.data[:6000].to(device).flatten(1).div(255)  # (6000, 784), moved once
labels = data.targets[:6000].to(device)  # (6000,)

torch.manual_seed(SEED)
net = nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Dropout(0.2), nn.Linear(128, 10))
net.to(device)  # before the optimizer is built
optimizer = torch.optim.Adam(net.parameters())
scaler = torch.amp.GradScaler(device.type, enabled=use_amp and not native)
parts = {"model": net, "optimizer": optimizer, "scaler": scaler}
epoch = 0

if os.path.exists("portable.pt"):  # go on where the last run stopped, on any device
    checkpoint = torch.load("portable.pt", weights_only=True, map_location="cpu")
    for name, part in parts.items():
        if checkpoint[name]:  # a scaler that was off has saved {}
            part.load_state_dict(checkpoint[name])  # moves to where the part is
    epoch = checkpoint["epoch"]
    torch.set_rng_state(checkpoint["rng"])
    torch.cuda.set_rng_state_all(checkpoint["cuda_rng"][: torch.cuda.device_count()])

while epoch < EPOCHS:  # a finished run trains no more
    order = torch.Generator().manual_seed(1000 * SEED + epoch)  # the same everywhere
    net.train()
    for batch in torch.randperm(5000, generator=order).to(device).split(100):
        x, y = images[batch], labels[batch]  # (100, 784), (100,)
        with torch.autocast(device.type, dtype=dtype, enabled=use_amp):
            loss = nn.functional.cross_entropy(net(x), y)
        optimizer.zero_grad()
        scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()
    epoch += 1
    checkpoint = {name: part.state_dict() for name, part in parts.items()}
    checkpoint |= {"epoch": epoch, "rng": torch.get_rng_state()}
    checkpoint["cuda_rng"] = torch.cuda.get_rng_state_all()  # [] without a GPU
    with open("portable.pt.tmp", "wb") as file:  # a crash leaves the old file whole
        torch.save(checkpoint, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace("portable.pt.tmp", "portable.pt")
    print(f"epoch {epoch} of {EPOCHS}: saved")

net.eval()
with torch.no_grad():
    right = net(images[5000:]).argmax(1) == labels[5000:]  # the rest: validation
print(f"validation accuracy: {100 * right.float().mean().item():.0f} %")
# --8<-- [end:card]
