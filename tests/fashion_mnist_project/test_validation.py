"""The validation images for the page's pictures: these images, and no grey changed."""

import subprocess
import sys

import torch
from listing import ROOT

from snippets.fashion_mnist_project.data import FashionMNIST
from snippets.fashion_mnist_project.validation import raw


def test_they_are_the_images_of_the_split_in_its_order(monkeypatch):
    monkeypatch.chdir(ROOT)
    dataset = FashionMNIST("data", train=True)
    order = torch.randperm(60000, generator=torch.Generator().manual_seed(0))[:5000]
    found = torch.frombuffer(bytearray(raw()), dtype=torch.uint8)
    assert torch.equal(found[:5000], dataset.targets[order].byte())
    assert torch.equal(found[5000:], dataset.data[order].flatten())


def test_the_command_prints_them_alone(monkeypatch):
    monkeypatch.chdir(ROOT)
    command = [sys.executable, "-m", "snippets.fashion_mnist_project.validation"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True)
    assert done.stdout == raw() and not done.returncode
