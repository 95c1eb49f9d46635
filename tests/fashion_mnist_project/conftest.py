"""What several of this lesson's test files begin with."""

import pytest
import torch
from listing import ROOT

from snippets.fashion_mnist_project import data


@pytest.fixture(scope="module")
def patch():
    """A monkeypatch for all tests of a module, which run beside the data."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        yield patch


@pytest.fixture(scope="module")
def one_thread():
    """Where the machine is busy, two threads wait for each other."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def locked(patch):
    """Opening the test set fails."""
    dataset = data.FashionMNIST

    def training_set(root, train, download):
        assert train, "the test set was opened"
        return dataset(root, train=train, download=download)

    patch.setattr(data, "FashionMNIST", training_set)


@pytest.fixture(scope="module")
def few(patch):
    """What load_training() returns, with a tenth of the images to train on."""
    images, labels, *validation = data.load_training()
    return images[:5500], labels[:5500], *validation


@pytest.fixture(scope="module")
def quiet(patch, one_thread):
    """Trains without a progress bar."""
    patch.setenv("TQDM_DISABLE", "1")


@pytest.fixture(scope="module")
def rehearsed(patch, one_thread, request):
    """The module's `TRAINS_IN` trains on a tenth of the images, read once."""
    patch.setenv("TQDM_DISABLE", "1")
    patch.setattr(data, "REHEARSAL", True)
    images = data.load_training()
    patch.setattr(request.module.TRAINS_IN, "load_training", lambda: images)
