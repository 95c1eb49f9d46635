"""Fashion-MNIST, split once and for all: images to train on, images to choose by."""

# --8<-- [start:data]
import torch
from torchvision.datasets import FashionMNIST

CLASSES = ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"]
CLASSES += ["Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"]
REHEARSAL = False  # True: train on a tenth of the images, to try code in seconds


def load_images(train=True):
    """Images (count, 784), mean 0 and deviation 1, and labels (count,), on the CPU."""
    dataset = FashionMNIST("data", train=train, download=True)
    images = dataset.data.float().div(255)  # (count, 28, 28), 0 to 1
    return images.sub(0.286).div(0.353).flatten(1), dataset.targets


def load_training():
    """55,000 images and labels to train on, 5,000 to choose by: always the same."""
    images, labels = load_images(train=True)
    order = torch.randperm(60000, generator=torch.Generator().manual_seed(0))
    to_choose, to_train = order[:5000], order[5000:]
    if REHEARSAL:
        to_train = to_train[:5500]
    return images[to_train], labels[to_train], images[to_choose], labels[to_choose]


# --8<-- [end:data]
