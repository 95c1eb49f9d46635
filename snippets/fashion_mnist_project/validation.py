"""The validation images as raw bytes, for the pictures of the page.

On standard output stand 5,000 class numbers, a byte each, and then the 5,000 images,
784 grey levels each, in the order of `load_training`.
"""

import sys

from snippets.fashion_mnist_project.data import load_training


def raw():
    """Class numbers and grey levels, as bytes."""
    _, _, images, labels = load_training()
    grey = images.mul(0.353).add(0.286).mul(255).round().byte()  # (5000, 784)
    return bytes(labels.tolist()) + bytes(grey.flatten().tolist())


if __name__ == "__main__":
    sys.stdout.buffer.write(raw())
