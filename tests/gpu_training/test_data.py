import pytest
import torch
from listing import ROOT

from snippets.gpu_training.data import load_images


@pytest.fixture(autouse=True)
def beside_the_data(monkeypatch):
    monkeypatch.chdir(ROOT)


@pytest.mark.parametrize("train, size", [(True, 60000), (False, 10000)])
def test_all_images_as_standardised_rows_with_their_labels(train, size):
    images, labels = load_images(train=train)
    assert images.shape == (size, 784)
    assert labels.shape == (size,)
    assert images.dtype == torch.float32
    assert labels.dtype == torch.int64  # what cross_entropy wants
    assert labels.unique().tolist() == list(range(10))
    assert images.mean().item() == pytest.approx(0, abs=0.01)
    assert images.std().item() == pytest.approx(1, abs=0.01)


def test_the_first_few_on_the_cpu():
    images, labels = load_images(count=5)
    all_images, all_labels = load_images()
    assert images.shape == (5, 784)
    assert torch.equal(images, all_images[:5])
    assert torch.equal(labels, all_labels[:5])
    assert images.device.type == labels.device.type == "cpu"
