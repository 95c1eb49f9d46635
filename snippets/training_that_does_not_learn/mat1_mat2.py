"""An input whose last dimension is not what the first linear layer expects."""

# --8<-- [start:fails]
import torch
from torch import nn

images = torch.randn(32, 1, 28, 28)
net = nn.Sequential(nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 10))
try:
    net(images)
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")
# --8<-- [end:fails]

# --8<-- [start:cure]
net = nn.Sequential(nn.Flatten(), *net)
print("logits:", tuple(net(images).shape))

features = nn.Sequential(nn.Conv2d(1, 8, 3), nn.MaxPool2d(2), nn.Flatten())
count = features(images[:1]).shape[1]  # ask the layers, do not calculate
print("behind a convolution:", nn.Linear(count, 10)(features(images)).shape[1])
# --8<-- [end:cure]
