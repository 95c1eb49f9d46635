"""Loading with and without workers, on images that take time to prepare."""

# capture: volatile - it prints times
# --8<-- [start:fails]
import time

from torch.utils.data import DataLoader, Subset
from torchvision import datasets, transforms

large, small = transforms.Resize(400), transforms.Resize(28)
prepare = transforms.Compose([large, small, transforms.ToTensor()])
data = datasets.FashionMNIST("data", download=True, transform=prepare)


def epochs(**how):
    loader = DataLoader(Subset(data, range(300)), batch_size=25, **how)
    for epoch in (1, 2):
        start = time.perf_counter()
        for _ in loader:
            time.sleep(0.05)  # stands for a step on a GPU
        print(f"{how}, epoch {epoch}: {time.perf_counter() - start:.1f} s")


if __name__ == "__main__":  # a worker may import this file
    epochs(num_workers=0)
# --8<-- [end:fails]

# capture: volatile - it prints times
# --8<-- [start:cure]
if __name__ == "__main__":
    epochs(num_workers=2)
    epochs(num_workers=2, persistent_workers=True)
# --8<-- [end:cure]
