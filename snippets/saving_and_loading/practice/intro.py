# %% tags=["file-only"]
"""Lesson 1's practice: how it works, what is given, and what watches a solution."""

# Cells of a notebook, each with what it newly needs:
# ruff: noqa: E402

import torch

from snippets.saving_and_loading.checkpoint import (
    CheckpointError,
    Path,
    load_checkpoint,
)
from snippets.saving_and_loading.data import load_images

# %% [markdown]
# # Practice: saving and loading
#
# Four exercises, from guided to independent. Each has a task, a cell for your code and
# a check cell. The check stops with a sentence that says what is still missing, or
# prints `passed`. Everything here takes seconds on a CPU.
#
# Run the next cells first. They are the lesson's own: data, network, loop, the two
# functions for checkpoints, and the one that runs functions in a new Python.

# %%
# --8<-- "snippets/saving_and_loading/data.py:data"

# %%
# --8<-- "snippets/saving_and_loading/model.py:net"

# %%
# --8<-- "snippets/saving_and_loading/loop.py:loop"

# %%
# --8<-- "snippets/saving_and_loading/checkpoint.py:save"

# %%
# --8<-- "snippets/saving_and_loading/checkpoint.py:load"

# %%
# --8<-- "snippets/saving_and_loading/checkpoint.py:advice"

# %%
# --8<-- "snippets/saving_and_loading/new_process.py:process"

# %%
images, labels = load_images(train=True, count=3000)
val_images, val_labels = images[2000:], labels[2000:]  # 1,000 to validate on
images, labels = images[:2000], labels[:2000]  # 2,000 to train on

# %% [markdown]
# A check calls your function again. Meanwhile `train_epoch`, `accuracy` and
# `save_checkpoint` do what they always do and note it, so call them by these names.
# When your function has ended, however it ends, they are the old ones again.

# %%
# @title For the checks: run this cell; you need not read it
import contextlib
import copy
import functools
import io
import itertools
from pathlib import PurePath
from types import SimpleNamespace


def alike(one, other):
    """Whether two values are equal, tensors bit for bit, in dicts and lists too."""
    if isinstance(one, torch.Tensor) and isinstance(other, torch.Tensor):
        same = one.dtype == other.dtype and one.device == other.device
        return same and torch.equal(one, other)
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(alike(one[k], other[k]) for k in one)
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        return len(one) == len(other) and all(map(alike, one, other))
    return type(one) is type(other) and one == other


def is_number(value, number):
    """Whether a saved value is this number; a count may not be a float."""
    if isinstance(value, torch.Tensor) and value.numel() == 1:
        value = value.item()
    kinds = (int, float) if isinstance(number, float) else int
    return isinstance(value, kinds) and value == number


def moment_of(net, optimizer):
    """A copy of all that the next epoch depends on."""
    state = {"model": net.state_dict(), "optimizer": optimizer.state_dict()}
    return {**copy.deepcopy(state), "rng": torch.get_rng_state()}


# Python's names that the checks use
CALLED = "all any dict enumerate float globals id int isinstance len list map next"
CALLED += " print range repr str sum tuple type"
CALLED = CALLED.split(" ")


def free_builtins(here):
    """Give names such as `len` and `dict` back to Python, if a solution took them."""
    for name in CALLED:
        here.pop(name, None)


def look_at_names(here, *names):
    """Fail unless the cells above the check have made all of these names."""
    for name in names:
        assert name in here, (
            f"There is no `{name}` yet: run the cells of this exercise again, from its "
            "first to its last, and read the error that one of them shows."
        )


def content(path):
    """The bytes of a file, or None if there is no such file."""
    return Path(path).read_bytes() if Path(path).is_file() else None


class Enough(BaseException):
    """Ends a function that would train more epochs than it should."""


@contextlib.contextmanager
def replaced(here, **functions):
    """Until the `with` ends, other functions stand under these names in `here`."""
    real = {name: here[name] for name in functions}
    here.update(functions)
    try:
        yield
    finally:
        here.update(real)


def watch(here, train, path, most, scores=(), past=(), **options):
    """Call `train(path, ...)`, and return what it trained, saved and returned.

    `here` are the global names that it uses. It is ended before it trains more than
    `most` epochs. With `scores`, `accuracy` gives these to the epochs. `past` holds the
    weights after each epoch that the checkpoint at `path` comes from. An error in
    `train` fails the check.
    """
    real = {name: here[name] for name in ("train_epoch", "save_checkpoint", "accuracy")}
    run = SimpleNamespace(start=len(past), past=list(past), epochs=[], early=[])
    run.path, run.ended, run.scored, run.result = path, True, 0, None
    run.content, run.harm = content(path), None

    @functools.wraps(real["train_epoch"])
    def train_epoch(net, optimizer, images, labels, batch_size=100):
        note_harm(run)
        if len(run.epochs) == most:
            run.ended = False
            raise Enough
        epoch = SimpleNamespace(net=net, optimizer=optimizer, saved=[])
        epoch.data = [images, labels, batch_size]
        epoch.before = moment_of(net, optimizer)
        loss = real["train_epoch"](net, optimizer, *epoch.data)
        epoch.after = moment_of(net, optimizer)
        run.epochs.append(epoch)
        run.past.append(epoch.after["model"])
        return loss

    @functools.wraps(real["save_checkpoint"])
    def save_checkpoint(path, state):
        saved = SimpleNamespace(path=path, given=state, loaded=None)
        (run.epochs[-1].saved if run.epochs else run.early).append(saved)
        note_harm(run)
        real["save_checkpoint"](path, state)
        run.content, saved.loaded = content(run.path), reloaded(path)

    @functools.wraps(real["accuracy"])
    def accuracy(net, images, labels):
        if not (scores and alike([images, labels], [val_images, val_labels])):
            return real["accuracy"](net, images, labels)
        net.eval()
        run.scored += 1
        number = epoch_of(net.state_dict(), run)
        return scores[number - 1] if number else 10.0  # not trained, it guesses

    instead = {"train_epoch": train_epoch, "accuracy": accuracy}
    instead["save_checkpoint"] = save_checkpoint
    try:
        with replaced(here, **instead), contextlib.redirect_stdout(io.StringIO()):
            run.result = train(path, **options)
    except Enough:
        pass
    except (Exception, SystemExit) as error:
        look_at_files(run)  # a checkpoint may be the reason
        raise AssertionError(told(run, ended_with(error, run))) from error
    note_harm(run)
    return run


def reloaded(path):
    """What a checkpoint holds, or None if it cannot be loaded."""
    with contextlib.suppress(CheckpointError):
        return load_checkpoint(path)


def note_harm(run):
    """Note if the file is not as the last save left it, and after which epoch."""
    now = content(run.path)
    if now != run.content and not run.harm:
        when = f"after epoch {len(run.past)}" if run.past else "before epoch 1"
        what = "deleted" if now is None else "changed"
        run.harm = f"It {what} the file at `path` {when}"


def ended_with(error, run):
    """A sentence on the error that ended a run."""
    if isinstance(error, SystemExit):
        return "It ended with exit(), which ends your whole program: use return."
    text = f"It ended with the {type(error).__name__} that is shown above"
    return f"{text}{': put back all that it needs' if run.start else ''}."


def told(run, text):
    """A sentence on a run, with from where it was started again."""
    if not run.start:
        return text
    start = f"Started again from its checkpoint of epoch {run.start}"
    return f"{start}: {text[0].lower()}{text[1:]}"


def epoch_of(weights, run):
    """The last epoch after which the network had these weights, or None."""
    numbers = range(len(run.past), 0, -1)
    return next((n for n in numbers if alike(run.past[n - 1], weights)), None)


def unloadable(state):
    """The first key and value of `state` that cannot be saved and loaded again."""
    for key, value in state.items():
        file = io.BytesIO()
        try:
            torch.save(value, file)
            torch.load(io.BytesIO(file.getvalue()), weights_only=True)
        except Exception:
            inside = unloadable(value) if isinstance(value, dict) else None
            return inside or (key, value)


def look_at_files(run):
    """Fail unless all that was saved is a dict, at the right path, to be loaded."""
    for saved in sum([epoch.saved for epoch in run.epochs], run.early):
        assert isinstance(saved.path, (str, PurePath)), (
            "It called save_checkpoint with a path of type "
            f"{type(saved.path).__name__}: call save_checkpoint(path, ...), first "
            "`path` and then the dict."
        )
        assert Path(saved.path).resolve() == Path(run.path).resolve(), (
            f"Called with the path '{run.path}', it saved to '{saved.path}': "
            "save to `path`."
        )
        given = saved.given
        assert isinstance(given, dict), (
            f"The checkpoint is of type {type(given).__name__} instead of dict: "
            "save a dict with the keys that the task names."
        )
        found = unloadable(given) if saved.loaded is None else None
        assert not found, (
            f"'{found[0]}' is of type {type(found[1]).__name__}, and a checkpoint with "
            "that cannot be loaded: save what .state_dict() returns, or plain numbers, "
            "text and tensors."
        )


def look_at_saves(run, keys):
    """Fail unless one sound checkpoint with these keys was saved after each epoch."""
    assert run.epochs, (
        "It never called train_epoch by that name: call it so, in each epoch."
    )
    assert run.start or not run.early, (
        "It saved a checkpoint before it had trained an epoch: save after train_epoch."
    )
    look_at_loop(run)
    counts = [len(epoch.saved) for epoch in run.epochs]
    assert any(counts), told(
        run,
        "It never called save_checkpoint by that name: call save_checkpoint(path, ...) "
        "in the loop, after train_epoch.",
    )
    for number, count in enumerate(counts[:-1], start=run.start + 1):
        assert count, told(
            run,
            f"When epoch {number} was trained, the next one began and nothing had been "
            "saved: save in the loop, in every epoch.",
        )
    assert counts[-1], told(
        run,
        f"After epoch {len(run.past)}, its last, it saved nothing: "
        "save first, and stop then.",
    )
    look_at_files(run)
    for number, epoch in enumerate(run.epochs, start=run.start + 1):
        assert len(epoch.saved) == 1, told(
            run,
            f"After epoch {number} it saved {len(epoch.saved)} checkpoints: "
            "save one in each epoch.",
        )
        epoch.state = state = epoch.saved[0].loaded
        assert state is not None, told(
            run,
            f"After epoch {number} save_checkpoint ended with an error, which your "
            "code catches: let it through, and read what it says.",
        )
        for key in keys:
            assert key in state, (
                f"The checkpoint has no '{key}', only {', '.join(map(repr, state))}: "
                "add it to the dict."
            )
        back = "put it back" if number == run.start + 1 > 1 else "save that"
        assert is_number(state["epoch"], number), told(
            run,
            f"After epoch {number} the saved 'epoch' is {state['epoch']!r} instead of "
            f"{number}, the number of finished epochs: {back}.",
        )
        for key, name in (("model", "net"), ("optimizer", "optimizer")):
            if key in keys:
                look_at_part(run, number, key, name)
    look_at_harm(run)


def look_at_loop(run):
    """Fail unless each epoch went on with what the epoch before had trained."""
    for number, (old, new) in enumerate(itertools.pairwise(run.epochs), run.start + 2):
        for key, name in (("model", "network"), ("optimizer", "optimizer")):
            assert alike(old.after[key], new.before[key]), told(
                run,
                f"Epoch {number} did not go on with the {name} of the epoch before: "
                "make it once, before the loop, and change it only with train_epoch.",
            )


def look_at_harm(run):
    """Fail if anything but save_checkpoint has changed or deleted the file."""
    assert not run.harm, told(
        run,
        f"{run.harm}: let save_checkpoint alone change it, or a crash may leave you no "
        "checkpoint.",
    )


def look_at_part(run, number, key, name):
    """Fail unless a part of a checkpoint is as it was just after its epoch."""
    epoch = run.epochs[number - run.start - 1]
    part, before, after = epoch.state[key], epoch.before[key], epoch.after[key]
    assert isinstance(part, dict) and part.keys() == after.keys(), (
        f"The saved '{key}' is not what {name}.state_dict() returns: save all of that."
    )
    now = alike(part, after)
    assert now or not alike(part, epoch.state.get("best_model")), told(
        run,
        f"After epoch {number} the saved '{key}' has the best weights: "
        "save those that the network has now, to go on from.",
    )
    assert now or not alike(part, before), told(
        run,
        f"After epoch {number} the saved '{key}' is as before that epoch: call "
        f"{name}.state_dict() after train_epoch, of the {name} that you train with.",
    )
    assert now, told(
        run,
        f"After epoch {number} the saved '{key}' is not that of the {name} which is "
        f"trained: save what its {name}.state_dict() returns then.",
    )


def look_at_optimizer(run):
    """Fail unless the optimizer moves the weights of the network that is trained."""
    for epoch in run.epochs:
        groups = epoch.optimizer.param_groups
        moved = [id(parameter) for group in groups for parameter in group["params"]]
        assert moved == [id(parameter) for parameter in epoch.net.parameters()], told(
            run,
            "The optimizer moves the weights of another network than the one that is "
            "trained: make the network first, and the optimizer from its parameters.",
        )
