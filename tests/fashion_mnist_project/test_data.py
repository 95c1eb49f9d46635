"""The split: nothing in both parts, nothing left out, the same on each machine."""

import hashlib

import pytest
import torch
from listing import ROOT

from snippets.fashion_mnist_project import data

# Of the 60,000 row numbers in the split's order, as int64 in little-endian bytes.
# torch 2.6 and 2.15 gave the same.
ORDER = "4c226c41bdd65c9e11fe47eba8358cefb5c375b9699b1c912586a2125168af52"


@pytest.fixture(autouse=True)
def beside_the_data(monkeypatch):
    monkeypatch.chdir(ROOT)


@pytest.fixture
def rows(monkeypatch):
    """A function that splits row numbers in place of images: (to train, to choose)."""

    def load_images(train):
        assert train
        return torch.arange(60000)[:, None], torch.arange(60000)

    def split():
        images, labels, val_images, val_labels = data.load_training()
        assert torch.equal(images.squeeze(1), labels)
        assert torch.equal(val_images.squeeze(1), val_labels)
        return labels.tolist(), val_labels.tolist()

    monkeypatch.setattr(data, "load_images", load_images)
    return split


def test_each_image_is_in_one_part(rows):
    to_train, to_choose = rows()
    assert len(to_train) == 55000 and len(to_choose) == 5000
    assert sorted(to_train + to_choose) == list(range(60000))


def test_it_is_the_same_on_each_machine(rows):
    to_train, to_choose = rows()
    order = b"".join(n.to_bytes(8, "little") for n in to_choose + to_train)
    assert hashlib.sha256(order).hexdigest() == ORDER


def test_it_depends_on_no_seed_and_leaves_the_random_state_alone(rows):
    torch.manual_seed(3)
    before = torch.get_rng_state()
    one = rows()
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(4)
    assert rows() == one


def test_a_rehearsal_trains_on_a_tenth_and_chooses_on_the_same(rows, monkeypatch):
    to_train, to_choose = rows()
    monkeypatch.setattr(data, "REHEARSAL", True)
    assert rows() == (to_train[:5500], to_choose)


def test_a_fresh_reader_does_not_rehearse():
    assert data.REHEARSAL is False


@pytest.mark.parametrize("train, size", [(True, 60000), (False, 10000)])
def test_all_images_as_standardised_rows_with_their_labels(train, size):
    images, labels = data.load_images(train=train)
    assert images.shape == (size, 784) and images.dtype == torch.float32
    assert labels.shape == (size,) and labels.dtype == torch.int64
    assert images.device.type == labels.device.type == "cpu"
    assert torch.bincount(labels).tolist() == [size // 10] * 10
    assert images.mean().item() == pytest.approx(0, abs=0.01)
    assert images.std().item() == pytest.approx(1, abs=0.01)


def test_both_parts_hold_all_classes_alike():
    _, labels, _, val_labels = data.load_training()
    chosen = [503, 495, 488, 482, 475, 490, 518, 529, 497, 523]
    assert torch.bincount(val_labels).tolist() == chosen
    assert torch.bincount(labels).tolist() == [6000 - count for count in chosen]


def test_the_classes_are_named_in_the_order_of_their_numbers():
    from torchvision.datasets import FashionMNIST

    assert FashionMNIST.classes == data.CLASSES
