"""A submission, tried on a tenth of the images: what it did, noted for the checks."""

from snippets.fashion_mnist_project.checkpoint import torch
from snippets.fashion_mnist_project.data import FashionMNIST, load_training

# The section imports what its notebook newly needs:
# isort: split
# --8<-- [start:rehearse]
import sys
import tempfile
from unittest import mock

PROJECT = "Fashion-MNIST Project"  # where its checks send their reader


class Interruption(Exception):
    """Ends a run in the middle, as a kill would."""


def call(train, path, stop=None):
    """Call `train(path, on_step)` on a tenth of the images; returns notes of it.

    on_step raises at its call number `stop`. An error of train is noted, not raised.
    """
    noted = {"steps": [], "opened": [], "predictions": None, "error": None}
    real_init = FashionMNIST.__init__

    def on_step(step):
        noted["steps"].append(step)
        if len(noted["steps"]) == stop:
            raise Interruption

    def open_images(dataset, root, train=True, *more, **options):
        if not train:
            noted["opened"].append(len(noted["steps"]))  # the test set
        real_init(dataset, root, train, *more, **options)

    module = sys.modules[load_training.__module__]  # where it looks up REHEARSAL
    with (
        mock.patch.object(module, "REHEARSAL", True),  # put back whatever happens
        mock.patch.object(FashionMNIST, "__init__", open_images),
    ):
        try:
            noted["predictions"] = train(path, on_step=on_step)
        except Exception as error:
            noted["error"] = error
    try:
        noted["state"] = torch.load(path, weights_only=True, map_location="cpu")
    except Exception as error:
        noted["state"] = error
    return noted


def rehearse(train):
    """Call `train` with a new path in rehearsal; returns the notes for the checks."""
    with tempfile.TemporaryDirectory() as folder:
        return call(train, f"{folder}/run.pt")


def check_ended(noted, when="In rehearsal"):
    """Did train come to its end, and return 10,000 class numbers?"""
    error, predictions = noted["error"], noted["predictions"]
    if error:
        said = (str(error) or "no message").splitlines()[0].rstrip(".")
        raise AssertionError(
            f"{when} train stopped with {type(error).__name__}, “{said}”: call "
            f'train("try.pt") in a cell of its own, read where; see “Your turn” in '
            f"{PROJECT}."
        ) from error
    assert predictions is not None or noted["steps"], (
        f"{when} train did nothing and returned nothing: write it in the cell above; "
        f"see “Your turn” in {PROJECT}."
    )
    expected = "expected is a tensor (10000,) of whole numbers from 0 to 9"
    found = f"a {type(predictions).__name__}"
    if isinstance(predictions, torch.Tensor):
        found = f"a tensor {tuple(predictions.shape)} of {predictions.dtype}"
        right = predictions.shape == (10000,) and not predictions.is_floating_point()
        if right:
            low, high = int(predictions.min()), int(predictions.max())
            found = f"numbers from {low} to {high}"
            if low >= 0 and high <= 9:
                return
    raise AssertionError(
        f"{when} train returned {found} and {expected}, as predict(net) gives it; "
        f"see “Your turn” in {PROJECT}."
    )


# --8<-- [end:rehearse]
