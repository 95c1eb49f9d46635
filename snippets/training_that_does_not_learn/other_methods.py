"""Two methods without a net on Fashion-MNIST: a score that a net has to beat."""

# capture: tolerance 2e-2 - CPUs round differently, which may move a few predictions
# --8<-- [start:fails]
import torch
from torchvision.datasets import FashionMNIST

data = FashionMNIST("data", train=True, download=True)
x, y = data.data.flatten(1) / 255, data.targets
held_x, held_y = x[-2000:], y[-2000:]  # not the test set
means = torch.stack([x[:-2000][y[:-2000] == label].mean(0) for label in range(10)])
said = torch.cdist(held_x, means).argmin(1)
print(f"nearest class mean: {100 * (said == held_y).float().mean():.1f} %")
# --8<-- [end:fails]

# capture: tolerance 2e-2 - CPUs round differently, which may move a few predictions
# --8<-- [start:cure]
for count in (500, 5000, 20_000):
    said = y[:count][torch.cdist(held_x, x[:count]).argmin(1)]
    right = 100 * (said == held_y).float().mean()
    print(f"nearest of {count:,} images: {right:.1f} %")
# --8<-- [end:cure]
