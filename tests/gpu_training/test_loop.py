import copy

import pytest
import torch
from torch import nn

from snippets.gpu_training.loop import train_epoch


@pytest.fixture
def task():
    """Images whose class is their brightest pixel: easily learnt."""
    torch.manual_seed(0)
    labels = torch.randint(0, 10, (300,))
    images = 0.1 * torch.randn(300, 784)
    images[torch.arange(300), labels] += 3
    return nn.Linear(784, 10), images, labels


def test_it_learns_and_returns_the_mean_loss(task):
    net, images, labels = task
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    losses = [train_epoch(net, optimizer, images, labels) for _ in range(5)]
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < losses[0] / 2


def test_the_mean_counts_each_image_once(task):
    net, images, labels = task
    frozen = torch.optim.SGD(net.parameters(), lr=0.0)
    with torch.no_grad():
        expected = nn.functional.cross_entropy(net(images), labels).item()
    # 300 images in batches of 64: the last one is smaller and must count for less
    mean = train_epoch(net, frozen, images, labels)
    assert mean == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("batch_size, steps", [(64, 5), (300, 1)])
def test_one_step_for_each_batch_and_each_image_once(task, batch_size, steps):
    net, images, labels = task
    seen, order = [], {tuple(image.tolist()): i for i, image in enumerate(images)}
    net.register_forward_pre_hook(lambda _, args: seen.append(args[0]))
    optimizer = torch.optim.Adam(net.parameters())
    train_epoch(net, optimizer, images, labels, batch_size)
    assert optimizer.state[net.weight]["step"] == steps
    numbers = [order[tuple(image.tolist())] for image in torch.cat(seen)]
    assert sorted(numbers) == list(range(300))
    assert numbers != list(range(300)), "in random order"


def test_the_device_is_waited_for_once_an_epoch(task, monkeypatch):
    net, images, labels = task
    waits = []
    for name in ("item", "__float__"):
        real = getattr(torch.Tensor, name)
        monkeypatch.setattr(
            torch.Tensor, name, lambda self, real=real: waits.append(1) or real(self)
        )
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    assert type(train_epoch(net, optimizer, images, labels)) is float
    assert len(waits) == 1


def test_gradients_do_not_pile_up_and_dropout_is_on(task):
    net, images, labels = task
    net.eval()
    twin = copy.deepcopy(net)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    torch.manual_seed(1)
    train_epoch(net, optimizer, images, labels)
    assert net.training

    torch.manual_seed(1)
    for batch in torch.randperm(300).split(64):  # by hand, one gradient a step
        loss = nn.functional.cross_entropy(twin(images[batch]), labels[batch])
        gradients = torch.autograd.grad(loss, list(twin.parameters()))
        with torch.no_grad():
            for parameter, gradient in zip(twin.parameters(), gradients, strict=True):
                parameter -= 0.1 * gradient
    assert torch.allclose(net.weight, twin.weight, atol=1e-6)
