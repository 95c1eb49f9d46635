"""A submission, tried on a tenth of the images: what it did, noted for the checks."""

from snippets.fashion_mnist_project.checkpoint import os, torch
from snippets.fashion_mnist_project.data import FashionMNIST, load_training

# The section imports what its notebook newly needs:
# isort: split
# --8<-- [start:rehearse]
import contextlib
import random
import sys
import tempfile
from unittest import mock

import numpy as np

PROJECT = "Fashion-MNIST Project"  # where its checks send their reader
KEYS = ("step", "best_model", "best_accuracy", "log")  # that a checkpoint has to hold


class Interruption(Exception):
    """Ends a run in the middle, as a kill would."""


@contextlib.contextmanager
def replaced(name, value, *places):
    """Meanwhile, `name` stands for `value` in these dicts of global names."""
    kept = [(place, place[name]) for place in places if name in place]
    for place, _ in kept:
        place[name] = value
    try:
        yield
    finally:
        for place, old in kept:
            place[name] = old


def generators(made):
    """A number for the state of each generator of random numbers; `made`: NumPy's."""
    _, keys, place, *_ = np.random.get_state()
    own = [str(generator.bit_generator.state) for generator in made[-1:]]
    return {
        "torch": hash(torch.get_rng_state().numpy().tobytes()),
        "NumPy": hash((keys.tobytes(), place, *own)),
        "Python": hash(random.getstate()),
    }


def note_state(noted, path):
    """Note the checkpoint at `path`, if it is another than before."""
    stat = os.stat(path) if os.path.exists(path) else None
    mark = stat and (stat.st_mtime_ns, stat.st_ino, stat.st_size)
    if mark == noted["mark"]:
        return
    noted["mark"] = mark
    try:
        state = torch.load(path, weights_only=True, map_location="cpu")
        if isinstance(state, dict):
            noted["states"].append({key: state[key] for key in KEYS if key in state})
    except Exception as error:
        state = error
    noted["state"] = state


@contextlib.contextmanager
def rehearsing(train, noted, chosen):
    """Meanwhile, a tenth of the images; what is opened and loaded is noted."""
    real_load, real_open, real_rng = (
        load_training,
        FashionMNIST.__init__,
        np.random.default_rng,
    )

    def load():
        noted["loaded"] += 1
        *others, labels = real_load()
        return *others, labels if chosen is None else chosen.clone()

    def open_images(dataset, root, train=True, *more, **options):
        if not train:
            noted["opened"].append(len(noted["steps"]))  # the test set
        real_open(dataset, root, train, *more, **options)

    def make_generator(*seeds, **options):
        noted["made"].append(real_rng(*seeds, **options))
        return noted["made"][-1]

    module = sys.modules[real_load.__module__]  # where it looks up REHEARSAL
    names = vars(module), getattr(train, "__globals__", {})
    with (
        mock.patch.object(module, "REHEARSAL", True),  # put back whatever happens
        mock.patch.object(FashionMNIST, "__init__", open_images),
        mock.patch.object(np.random, "default_rng", make_generator),
        replaced("load_training", load, *names),
    ):
        yield


def call(train, path, stop=None, chosen=None, watched=True):
    """Call `train(path, on_step)` on a tenth of the images; returns notes of it.

    on_step raises at its call number `stop`, and is not given at all unless `watched`.
    `chosen` takes the place of the labels of the validation images. An error of train
    is noted, not raised; so is each checkpoint that it saves.
    """
    noted = {"steps": [], "opened": [], "loaded": 0, "made": []}
    noted |= {"predictions": None, "error": None, "states": [], "mark": None}
    noted |= {"state": FileNotFoundError(path), "random": [generators([])]}

    def on_step(step):
        noted["steps"].append(step)
        noted["random"].append(generators(noted["made"]))
        note_state(noted, path)
        if len(noted["steps"]) == stop:
            raise Interruption

    with rehearsing(train, noted, chosen):
        try:
            options = {"on_step": on_step} if watched else {}
            noted["predictions"] = train(path, **options)
        except Exception as error:
            noted["error"] = error
    note_state(noted, path)
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
