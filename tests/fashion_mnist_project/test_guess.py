"""The class of any images: as predict gives it for those of the test set."""

import torch
from torch import nn

from snippets.fashion_mnist_project.guess import guess
from snippets.fashion_mnist_project.net import device


def test_each_image_gets_its_class_in_order_and_in_eval_mode():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(784, 10), nn.Dropout(0.9)).to(device)
    images = torch.randn(2500, 784)  # more than two parts, the last one smaller
    net.eval()
    expected = net(images.to(device)).argmax(1).cpu()
    net.train()
    found = guess(net, images)
    assert torch.equal(found, expected) and found.device.type == "cpu"
    assert not net.training
