"""A fully connected net learns as well from shuffled pixels."""

import torch

from snippets.fashion_mnist_project import shuffled


def test_every_image_is_shuffled_alike_and_nothing_is_lost():
    images = torch.arange(3 * 784.0).view(3, 784)
    mixed = shuffled.shuffle(images)
    assert not torch.equal(mixed, images)
    assert torch.equal(mixed[1] - mixed[0], torch.full((784,), 784.0))
    assert torch.equal(mixed.sort(dim=1).values, images)


def test_shuffled_pixels_train_as_well_within_a_wide_margin():
    metrics = shuffled.main(**{**shuffled.QUICK, "epochs": 2})["metrics"]
    assert metrics["ordered"]["median"] > 60  # it learns; chance is 10
    assert abs(metrics["difference"]["median"]) < 6
    assert metrics["difference"]["n"] == 1
