"""Two methods without a net on Fashion-MNIST: a score that a net has to beat."""

# capture: tolerance 2e-2 - CPUs round differently, which may move a few predictions
# --8<-- [start:fails]
import torch
from torchvision.datasets import FashionMNIST

data = FashionMNIST("data", train=True, download=True)
x, y = data.data.flatten(1) / 255, data.targets
order = torch.randperm(len(x), generator=torch.Generator().manual_seed(0))
held = min(2000, len(x) // 5)  # held out; not the test set
(held_x, x), (held_y, y) = (v[order].split([held, len(v) - held]) for v in (x, y))
labels = y.unique()
means = torch.stack([x[y == label].mean(0) for label in labels])
said = labels[torch.cdist(held_x, means).argmin(1)]
print(f"nearest class mean: {100 * (said == held_y).float().mean():.1f} %")
# --8<-- [end:fails]

# capture: tolerance 2e-2 - CPUs round differently, which may move a few predictions
# --8<-- [start:cure]
for count in (500, 5000, 20_000):
    said = y[:count][torch.cdist(held_x, x[:count]).argmin(1)]
    right = 100 * (said == held_y).float().mean()
    print(f"nearest of {count:,} images: {right:.1f} %")
# --8<-- [end:cure]
