"""Error analysis: what the baseline takes the validation images for."""

import sys

import pytest
import torch
from listing import run_listing

from snippets.fashion_mnist_project import data
from snippets.fashion_mnist_project.data import CLASSES
from snippets.fashion_mnist_project.guess import guess
from snippets.fashion_mnist_project.net import device, nn


@pytest.fixture(scope="module")
def ran(tmp_path_factory, one_thread):
    """Its names, and the lines that it printed after training."""
    folder = tmp_path_factory.mktemp("errors")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TQDM_DISABLE", "1")
        patch.setattr(data, "REHEARSAL", True)
        # Importing it trains: here, in this folder, and never again.
        module = "snippets.fashion_mnist_project.baseline_run"
        patch.delitem(sys.modules, module, raising=False)
        names, text = run_listing("fashion_mnist_project.errors", folder, patch)
        sys.modules.pop(module)
    return names, text.splitlines()[5:]


def test_it_prints_how_often_each_class_is_taken_for_each(ran):
    names, lines = ran
    assert "true class" in lines[0]
    found = {line[:12].strip(): list(map(int, line[12:].split())) for line in lines[1:]}
    assert list(found) == CLASSES
    labels, guesses = names["val_labels"], names["guesses"]
    for label, name in enumerate(CLASSES):
        assert (
            found[name] == torch.bincount(guesses[labels == label], None, 10).tolist()
        )
    assert sum(map(sum, found.values())) == 5000
    right = sum(found[name][label] for label, name in enumerate(CLASSES))
    assert right > 3900  # a rehearsal, on a tenth of the images


def test_a_guess_is_the_class_with_the_largest_logit_in_eval_mode():
    class Net(nn.Module):
        """Logits are the first ten pixels; in training mode, their opposites."""

        def forward(self, x):
            return -x[:, :10] if self.training else x[:, :10]

    images = torch.rand(2500, 784)
    guesses = guess(Net().train().to(device), images)
    assert torch.equal(guesses, images[:, :10].argmax(1))
