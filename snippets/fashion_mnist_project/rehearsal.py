"""A submission at work on a tenth of the images, and what is noted of it."""

from snippets.fashion_mnist_project.checkpoint import os, torch
from snippets.fashion_mnist_project.guess import guess
from snippets.fashion_mnist_project.net import device

# The section imports what its notebook newly needs:
# isort: split
# --8<-- [start:run]
import random
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from unittest import mock

import numpy as np

KEYS = ("step", "best_model", "best_accuracy", "log")  # that a checkpoint has to hold
TRAINING_IMAGES = "train-images-idx3-ubyte"  # names of the data set's files
TEST_IMAGES = "t10k-images-idx3-ubyte"


class Interruption(Exception):
    """Ends a run in the middle, as a kill would."""


class Files:
    """Tells `note` the name of each file that Python opens, unless `note` is None."""

    __cantrace__ = True  # debuggers and coverage may look inside

    def __init__(self):
        self.note = None
        sys.addaudithook(self)  # for good: Python takes no hook off again

    def __call__(self, event, arguments):
        """Python calls this at each event of its own."""
        if event == "open" and self.note:
            self.note(os.path.basename(str(arguments[0])))


FILES = Files()


@dataclass
class Run:
    """One call of train: what it was given, and what is noted of it for the checks."""

    when: str  # begins the sentences about it
    data: list  # images, labels, validation images, validation labels
    make_net: Callable
    path: str  # of its checkpoint
    predictions: object = None
    error: Exception | None = None
    steps: list = field(default_factory=list)  # the numbers that on_step was given
    opened: list = field(default_factory=list)  # steps done when it opened the test set
    loaded: int = 0  # times that it opened the training images itself
    states: list = field(default_factory=list)  # KEYS of each checkpoint that it saved
    state: object = None  # of the last one, or the error on loading it
    saved: object = None  # tells the file of one checkpoint from that of the next
    generators: list = field(default_factory=list)  # NumPy's, made in this run
    random: list = field(default_factory=list)  # their states before and at each step

    @property
    def total(self):
        """The number of steps."""
        return len(self.steps)

    @property
    def accuracies(self):
        """The validation accuracies in the last checkpoint's log, [] if it has none."""
        state = self.state if isinstance(self.state, dict) else {}
        return accuracies_in(state.get("log"))

    @property
    def epochs(self):
        """The number of epochs in the log."""
        return len(self.accuracies)

    @property
    def best(self):
        """The best validation accuracy in the log, in percent."""
        return max(self.accuracies)

    def note_file(self, name):
        """Note that Python opens a file of this name."""
        if name == TEST_IMAGES:
            self.opened.append(self.total)
        if name == TRAINING_IMAGES:
            self.loaded += 1

    def note_random(self):
        """Note in which state the generators of random numbers are."""
        self.random.append(random_states(self.generators[-1:]))

    def note_state(self):
        """Note the checkpoint, if it is another than before."""
        stat = os.stat(self.path) if os.path.exists(self.path) else None
        saved = stat and (stat.st_mtime_ns, stat.st_ino, stat.st_size)
        if saved == self.saved:
            return
        self.saved = saved
        try:
            state = torch.load(self.path, weights_only=True, map_location="cpu")
        except Exception as error:
            self.state = error
            return
        kept = KEYS if isinstance(state, dict) else ()
        self.state = {key: state[key] for key in kept if key in state}
        self.states.append(self.state)


def accuracies_in(log):
    """The validation accuracies of the entries of a log, [] if one has none."""
    try:
        return [entry["val"]["accuracy"] for entry in log]
    except (KeyError, TypeError, IndexError):
        return []


def random_states(generators):
    """A number for the state of torch's, NumPy's and Python's random numbers."""
    _, keys, place, *_ = np.random.get_state()
    own = [str(generator.bit_generator.state) for generator in generators]
    return {
        "torch": hash(torch.get_rng_state().numpy().tobytes()),
        "NumPy": hash((keys.tobytes(), place, *own)),
        "Python": hash(random.getstate()),
    }


def watch(train, run, stop=None, watched=True):
    """Call `train(data, path, on_step)`, and note in `run` what it does.

    on_step raises at its call number `stop`, and is not given at all unless `watched`.
    An error of train is noted, not raised; so is each checkpoint that it saves.
    """

    def on_step(step):
        run.steps.append(step)
        run.note_random()
        run.note_state()
        if len(run.steps) == stop:
            raise Interruption

    def make_generator(*seeds, make=np.random.default_rng, **options):
        run.generators.append(make(*seeds, **options))
        return run.generators[-1]

    run.note_random()
    copy = [part.clone() for part in run.data]  # train may change it
    options = {"on_step": on_step} if watched else {}
    FILES.note = run.note_file
    try:
        # Nobody can ask NumPy for the generators that it made.
        with mock.patch.object(np.random, "default_rng", make_generator):
            run.predictions = train(copy, run.path, **options)
    except Exception as error:
        run.error = error
    finally:
        FILES.note = None
    run.note_state()
    return run


# --8<-- [end:run]


# --8<-- [start:rehearse]
FEW = 5500  # images to train on in a rehearsal


def best_net(state, make_net):
    """A net from `make_net` with a checkpoint's best weights, on the CPU."""
    net = make_net().cpu()
    net.load_state_dict(state["best_model"])
    return net.eval()


class Rehearsal:
    """The runs of a submission on a tenth of `data`, which load_training() returned.

    Each run is made when a check first asks for it, and then kept.
    """

    def __init__(self, train, make_net, data):
        images, labels, *validation = data
        self.train, self.make_net = train, make_net
        self.data = [images[:FEW], labels[:FEW], *validation]

    def call(self, when, path, stop=None, watched=True, data=None):
        """Call train, by default with the data of this rehearsal; returns the run."""
        run = Run(when, data or self.data, self.make_net, path)
        return watch(self.train, run, stop, watched)

    @cached_property
    def whole(self):
        """A run that nobody interrupts."""
        with tempfile.TemporaryDirectory() as folder:
            return self.call("In rehearsal", f"{folder}/run.pt")

    @property
    def stop(self):
        """The step after which a run is interrupted: in the middle of an epoch."""
        epochs = self.whole.epochs
        in_epoch = self.whole.total // max(epochs, 1)  # steps
        return max(in_epoch * (2 * epochs // 3) + in_epoch // 2, 1)

    @cached_property
    def interrupted(self):
        """Two calls with one path: the first is interrupted, the second goes on."""
        when = f"Interrupted after step {self.stop} and called again,"
        with tempfile.TemporaryDirectory() as folder:
            cut = self.call("", f"{folder}/run.pt", self.stop)
            return cut, self.call(when, f"{folder}/run.pt")

    cut = property(lambda self: self.interrupted[0])
    again = property(lambda self: self.interrupted[1])
    itself = property(lambda self: self)  # for what is asked about more than one run

    @property
    def first(self):
        """The checkpoint of the first epoch."""
        return next(state for state in self.whole.states if state.get("log"))

    @cached_property
    def other_labels(self):
        """Labels by which the first epoch is the best: its net's own answers, (5000,).

        And the accuracy of that net by them. Where the best net of the whole run
        answers otherwise, 9 of 20 labels are that one's: it comes next, and epochs
        between the two are worse than both.
        """
        early, late = (
            guess(best_net(state, self.make_net).to(device), self.data[2])
            for state in (self.first, self.whole.states[-1])
        )
        labels, apart = early.clone(), (early != late).nonzero().flatten()
        some = apart[torch.arange(len(apart)) % 20 > 10]
        labels[some] = late[some]
        return labels, 100 * (labels == early).double().mean().item()

    @cached_property
    def relabelled(self):
        """A run with other labels of the validation images."""
        when = "With other labels of the validation images"
        data = [*self.data[:3], self.other_labels[0]]
        with tempfile.TemporaryDirectory() as folder:
            return self.call(when, f"{folder}/run.pt", data=data)

    @property
    def late_stop(self):
        """The step after which the relabelled run is interrupted, within an epoch.

        That is the third or a later one, so the best, the first, is past; where there
        are more than three, others follow, in which a lost count of epochs shows.
        """
        epochs = self.relabelled.epochs
        in_epoch = self.relabelled.total // epochs  # steps
        epoch = min(epochs, max(3, epochs // 2 + 1))
        return max(in_epoch * epoch - in_epoch // 2, 1)

    @cached_property
    def unwatched(self):
        """The same, interrupted late, and called again without on_step."""
        when = 'Called as train(data, "final.pt"), without on_step,'
        with tempfile.TemporaryDirectory() as folder:
            path, data = f"{folder}/run.pt", self.relabelled.data
            self.call("", path, self.late_stop, data=data)
            return self.call(when, path, watched=False, data=data)


# --8<-- [end:rehearse]
