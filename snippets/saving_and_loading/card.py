"""The pattern to carry away: a training run that survives being killed."""

# capture: tolerance 2e-2 - CPUs round differently, which moves an accuracy a little
# --8<-- [start:card]
import os

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
from torchvision.datasets import FashionMNIST

EPOCHS, SEED = 3, 0
data = FashionMNIST("data", train=True, download=True)
images, labels = data.data[:6000].flatten(1).div(255), data.targets[:6000]
train_set = TensorDataset(images[:5000], labels[:5000])  # the rest is for validation

torch.manual_seed(SEED)
net = nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Dropout(0.2), nn.Linear(128, 10))
optimizer = torch.optim.Adam(net.parameters())
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=EPOCHS)
parts = {"model": net, "optimizer": optimizer, "scheduler": scheduler}
epoch, best = 0, 0.0


def save(state, path):
    """Whatever happens, `path` holds the old state or the new one."""
    with open(path + ".tmp", "wb") as file:
        torch.save(state, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(path + ".tmp", path)


if os.path.exists("card.pt"):  # go on where the last run stopped
    checkpoint = torch.load("card.pt", weights_only=True, map_location="cpu")
    for name, part in parts.items():
        part.load_state_dict(checkpoint[name])
    epoch, best = checkpoint["epoch"], checkpoint["best"]
    torch.set_rng_state(checkpoint["rng"])

while epoch < EPOCHS:  # a finished run trains no more
    order = torch.Generator().manual_seed(1000 * SEED + epoch)
    net.train()
    for x, y in DataLoader(train_set, batch_size=100, shuffle=True, generator=order):
        loss = nn.functional.cross_entropy(net(x), y)  # x: (100, 784), y: (100,)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    scheduler.step()
    epoch += 1
    net.eval()
    with torch.no_grad():
        right = net(images[5000:]).argmax(1) == labels[5000:]
    score = right.float().mean().item()
    if score > best:
        best = score
        save(net.state_dict(), "card-best.pt")  # before card.pt records its score
    checkpoint = {name: part.state_dict() for name, part in parts.items()}
    checkpoint |= {"epoch": epoch, "best": best, "rng": torch.get_rng_state()}
    save(checkpoint, "card.pt")
    print(f"epoch {epoch} of {EPOCHS}: saved")
print(f"best validation accuracy: {100 * best:.0f} %")
# --8<-- [end:card]
