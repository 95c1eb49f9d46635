"""What a net takes images for: the first step of error analysis."""

from snippets.fashion_mnist_project.checkpoint import torch
from snippets.fashion_mnist_project.net import device


# --8<-- [start:guess]
@torch.no_grad()
def guess(net, images):
    """The class that a net gives to each image (count, 784): (count,), on the CPU."""
    net.eval()
    parts = [net(part.to(device)).argmax(1).cpu() for part in images.split(1000)]
    return torch.cat(parts)


# --8<-- [end:guess]
