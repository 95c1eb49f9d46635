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


def test_it_counts_the_mistakes_among_four_classes_on_validation(ran):
    names, lines = ran
    labels, guesses = names["val_labels"], names["guesses"]
    assert len(labels) == len(guesses) == 5000
    counts = torch.stack(
        [torch.bincount(guesses[labels == label], None, 10) for label in range(10)]
    )
    assert counts.diagonal().sum() > 3900  # a rehearsal, on a tenth of the images
    wrong = counts.clone().fill_diagonal_(0)
    tops = [CLASSES.index(name) for name in names["tops"]]
    for line, label in zip(lines, tops, strict=False):
        name, rest = line.split(" taken: ")
        assert name == CLASSES[label]
        said = dict(part.split(" for ")[::-1] for part in rest.split(", "))
        others = [other for other in tops if other != label]
        assert said == {CLASSES[o]: str(int(wrong[label, o])) for o in others}
    among = int(wrong[tops][:, tops].sum())
    said = f"mistakes among these four: {among} of {int(wrong.sum())}"
    assert lines[-1] == said and len(lines) == 5
    assert among > 0.4 * wrong.sum(), "most mistakes are among sleeves"


def test_a_guess_is_the_class_with_the_largest_logit_in_eval_mode():
    class Net(nn.Module):
        """Logits are the first ten pixels; in training mode, their opposites."""

        def forward(self, x):
            return -x[:, :10] if self.training else x[:, :10]

    images = torch.rand(2500, 784)
    guesses = guess(Net().train().to(device), images)
    assert torch.equal(guesses, images[:, :10].argmax(1))
