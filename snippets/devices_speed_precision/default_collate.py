"""Items that a loader cannot join to a batch: a path, and images of two sizes."""

# --8<-- [start:fails]
from pathlib import Path

import torch
from torch.utils.data import DataLoader
from torchvision import transforms

paths = [Path("a.png"), Path("b.png")]
images = [torch.zeros(3, 28, 28), torch.zeros(3, 28, 32)]
for items in (paths, images):
    try:
        next(iter(DataLoader(items, batch_size=2)))
    except (TypeError, RuntimeError) as error:
        print(f"{type(error).__name__}: {error}")
# --8<-- [end:fails]

# --8<-- [start:cure]
resize = transforms.Resize((28, 28))  # 28 alone is for the shorter side only
items = [(resize(images[i]), str(paths[i])) for i in range(2)]
batch, names = next(iter(DataLoader(items, batch_size=2)))
print(tuple(batch.shape), names)
# --8<-- [end:cure]
