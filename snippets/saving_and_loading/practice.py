# %% tags=["file-only"]
"""Lesson 1's exercises with their solutions: practice and solutions notebooks."""

# Cells of a notebook, each with what it newly needs:
# ruff: noqa: E402

import torch

from snippets.saving_and_loading.checkpoint import (
    CheckpointError,
    Path,
    advice,
    load_checkpoint,
    save_checkpoint,
)
from snippets.saving_and_loading.data import load_images
from snippets.saving_and_loading.loop import accuracy, train_epoch
from snippets.saving_and_loading.model import Net
from snippets.saving_and_loading.new_process import die, in_new_python

# %% [markdown]
# # Practice: saving and loading
#
# Four exercises, from guided to independent. Each has a task, a cell for your code and
# a check cell. The check stops with a sentence that says what is still missing, or
# prints `passed`. Everything here takes seconds on a CPU.
#
# Run the next cells first. They are the lesson's own: data, network, loop, the two
# functions for checkpoints, and the one that runs functions in a new Python. The last
# of them is for the checks alone, and you need not read it: a check calls your function
# once more and watches what it does with `train_epoch`, `accuracy` and
# `save_checkpoint`. So call them by these names.

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

# %%
# @title For the checks: run this cell; you need not read it
import contextlib
import copy
import functools
import io
from types import SimpleNamespace


def alike(one, other):
    """Whether two values are equal, tensors bit for bit, in dicts and lists too."""
    if isinstance(one, torch.Tensor) and isinstance(other, torch.Tensor):
        return one.dtype == other.dtype and torch.equal(one, other)
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


class Enough(BaseException):
    """Ends a function that would train more epochs than it should."""


def watch(train, path, most, scores=(), past=(), **options):
    """Call `train(path, ...)`, and return what it trained, saved and returned.

    It is ended before it trains more than `most` epochs. With `scores`, `accuracy`
    gives these to the epochs. `past` holds the weights after each epoch that the
    checkpoint at `path` comes from. An error in `train` fails the check.
    """
    names = "train_epoch", "save_checkpoint", "accuracy"
    real = {name: globals()[name] for name in names}
    run = SimpleNamespace(start=len(past), past=list(past), epochs=[], early=[])
    run.path, run.ended, run.scored, run.result = path, True, 0, None

    @functools.wraps(real["train_epoch"])
    def train_epoch(net, optimizer, images, labels, batch_size=100):
        if len(run.epochs) == most:
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
        real["save_checkpoint"](path, state)
        with contextlib.suppress(CheckpointError):  # then `loaded` stays None
            saved.loaded = load_checkpoint(path)

    @functools.wraps(real["accuracy"])
    def accuracy(net, images, labels):
        if not (scores and alike([images, labels], [val_images, val_labels])):
            return real["accuracy"](net, images, labels)
        net.eval()
        run.scored += 1
        number = epoch_of(net.state_dict(), run)
        return scores[number - 1] if number else 10.0  # not trained, it guesses

    instead = (train_epoch, save_checkpoint, accuracy)
    globals().update((function.__name__, function) for function in instead)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            run.result = train(path, **options)
    except Enough:
        run.ended = False
    except Exception as error:
        look_at_files(run)  # a checkpoint may be the reason
        kind = type(error).__name__
        text = f"It ended with the {kind} that is shown above"
        text += ": put back all that it needs." if run.start else "."
        raise AssertionError(told(run, text)) from error
    finally:
        globals().update(real)
    return run


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
            return unloadable(value) if isinstance(value, dict) else (key, value)


def look_at_files(run):
    """Fail unless all that was saved is a dict, at the right path, to be loaded."""
    for saved in sum([epoch.saved for epoch in run.epochs], run.early):
        assert Path(saved.path) == Path(run.path), (
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
    assert run.start or not run.early, (
        "It saved a checkpoint before it had trained an epoch: save after train_epoch."
    )
    counts = [len(epoch.saved) for epoch in run.epochs]
    assert any(counts), told(
        run,
        "It never called save_checkpoint: call save_checkpoint(path, ...) in the loop, "
        "after train_epoch.",
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
        epoch.state = state = epoch.saved[0].loaded or {}
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


# %% [markdown]
# ## Exercise 1: the round trip (guided)
#
# Run the first cell: it trains a network, saves its state_dict, and trains on, so only
# the file still has the weights of that moment. Then fill the one blank in the second
# cell and run it. Before you do, predict: how often will a new `Net()` agree with the
# saved one while it still has its own random weights?

# %%
torch.manual_seed(0)
net = Net()
optimizer = torch.optim.Adam(net.parameters())
train_epoch(net, optimizer, images, labels)
torch.save(net.state_dict(), "trip.pt")
net.eval()  # no dropout, and batch norm uses what it has stored
outputs = net(val_images)  # of the network as it was saved, (1000, 10)
train_epoch(net, optimizer, images, labels)  # `net` changes, the file does not

# %%
loaded = torch.load("trip.pt", map_location="cpu", weights_only=True)
twin = Net()
twin.eval()  # as `net` was
agree = (outputs.argmax(1) == twin(val_images).argmax(1)).float().mean()
print(f"same predictions before loading: {100 * agree:.0f} %")

# solution:start
#: Your turn: one line that copies the weights in `loaded` into `twin`.
twin.load_state_dict(loaded)
# solution:end

agree = (outputs.argmax(1) == twin(val_images).argmax(1)).float().mean()
print(f"same predictions after loading: {100 * agree:.0f} %")

# %% tags=["check"]
# @title Check: exercise 1
fresh = Net()
with contextlib.suppress(Exception):  # then `fresh` gives other outputs
    fresh.load_state_dict(torch.load("trip.pt", map_location="cpu", weights_only=True))
fresh.eval()
assert torch.equal(outputs, fresh(val_images)), (
    "`outputs` and trip.pt are no longer of the same network: run the first cell "
    "again, and change nothing but `twin` in the second."
)
assert isinstance(twin, Net), (
    f"`twin` is of type {type(twin).__name__} and not a network any more: "
    "load_state_dict changes the network itself, so do not assign to `twin`."
)
assert twin is not net, (
    "`twin` is only a second name for `net`: keep the new Net() and load into it."
)
mine, saved = dict(twin.named_parameters()), dict(fresh.named_parameters())
assert alike(mine, saved) or not alike(mine, dict(net.named_parameters())), (
    "`twin` has the weights that `net` has now, after more training: "
    "load what is in the file, `loaded`."
)
missing = [name for name in saved if not alike(mine.get(name), saved[name])]
assert len(missing) < len(saved), (
    "`twin` has nothing of what is in the file: "
    "call twin.load_state_dict with `loaded`."
)
assert not missing, (
    f"`twin` has other numbers than the file in {', '.join(missing)}: "
    "make it with Net(), and copy all that is in `loaded` with load_state_dict."
)
assert not any(part.training for part in twin.modules()), (
    "`twin` has the weights and is in training mode: leave all of it in eval() mode."
)
assert alike(dict(twin.named_buffers()), dict(fresh.named_buffers())), (
    "`twin` has the file's parameters and not its buffers: "
    "load_state_dict copies both."
)
assert torch.equal(outputs, twin(val_images)), (
    "`twin` has the weights of the file and gives other outputs: "
    "change nothing of Net() but its weights."
)
print("Exercise 1: passed")

# %% [markdown] tags=["solution"]
# **Why.** The file holds names and tensors and nothing else. So you build the
# network first, from your own code, and `load_state_dict` copies each tensor to the
# parameter or buffer of the same name. `eval()` is needed on both sides: with dropout
# on, a network does not even agree with itself.

# %% [markdown]
# ## Exercise 2: add checkpoints to a loop (supported)
#
# This loop forgets everything when it ends. Let it save one checkpoint in **every**
# epoch, as soon as that epoch is trained: a dict with the keys `"model"` and
# `"optimizer"` (the two state_dicts as they are then) and `"epoch"` (how many epochs
# are finished), saved to `path` with `save_checkpoint`.


# %%
def train_and_save(path, epochs):
    """Train for `epochs` epochs; `path` holds a checkpoint after each."""
    torch.manual_seed(0)
    net = Net()
    optimizer = torch.optim.Adam(net.parameters())
    for epoch in range(epochs):
        train_epoch(net, optimizer, images, labels)
        # solution:start
        #: Your turn: build the dict, and save it to `path` (two or three lines).
        #: Mind that `epoch` counts from 0.
        state = {"model": net.state_dict(), "optimizer": optimizer.state_dict()}
        state["epoch"] = epoch + 1  # finished epochs
        save_checkpoint(path, state)
        # solution:end
    return net


net = train_and_save("loop.pt", epochs=2)

# %% tags=["check"]
# @title Check: exercise 2
run = watch(train_and_save, "other.pt", most=3, epochs=3)
assert run.ended and len(run.epochs) == 3, (
    f"Called with epochs=3, it trained {len(run.epochs)} epochs and "
    f"{'stopped' if run.ended else 'went on'}: leave the loop as it was."
)
look_at_saves(run, ["model", "optimizer", "epoch"])
assert run.result is run.epochs[-1].net, (
    "It did not return the network that it had trained: leave the last line as it was."
)
print("Exercise 2: passed")

# %% [markdown] tags=["solution"]
# **Why.** The state is saved after `train_epoch`, so `epoch + 1` epochs are
# finished, and that is where a resumed run has to go on: with `epoch` it would train
# the last one twice. Saving after every epoch means that a crash can take no more than
# one epoch from you. `save_checkpoint` replaces the old file in one step, so a crash
# while it saves leaves you the checkpoint before.

# %% [markdown]
# ## Exercise 3: crash and resume (supported)
#
# `train_or_resume` saves after each epoch and can be told to die in the middle of one,
# in a way that no program can catch. It runs in a new Python, so your notebook
# survives. Started again, it finds the checkpoint and loads it, and then does nothing
# with it. Put the state back, so that the resumed run ends with **exactly** the weights
# of a run that was never killed. Then run the next cell, which kills and resumes.


# %%
def train_or_resume(path, epochs=4, kill_in=None):
    """Train up to `epochs` epochs in all; die in the middle of epoch `kill_in`."""
    images, labels = load_images(train=True, count=2000)
    torch.manual_seed(0)
    net = Net()
    optimizer = torch.optim.Adam(net.parameters())
    done = 0  # epochs finished
    if Path(path).exists():
        checkpoint = load_checkpoint(path)
        # solution:start
        #: Your turn: three lines that put back `net`, `optimizer` and `done`.
        #: The keys are those in the dict below.
        net.load_state_dict(checkpoint["model"])
        optimizer.load_state_dict(checkpoint["optimizer"])
        done = checkpoint["epoch"]
        # solution:end
        torch.set_rng_state(checkpoint["rng"])  # for shuffling and dropout
    for epoch in range(done, epochs):
        if epoch == kill_in:  # half an epoch, and then the power fails
            train_epoch(net, optimizer, images[:1000], labels[:1000])
            die()
        train_epoch(net, optimizer, images, labels)
        state = {
            "model": net.state_dict(),
            "optimizer": optimizer.state_dict(),
            "epoch": epoch + 1,
            "rng": torch.get_rng_state(),
        }
        save_checkpoint(path, state)


# %%
cells = load_images, Net.forward, train_epoch, save_checkpoint, load_checkpoint, advice
cells += die, train_or_resume  # what the new Python knows is in the cells of these
for path in ("killed.pt", "unbroken.pt"):
    Path(path).unlink(missing_ok=True)  # nothing may be left of an earlier try
killed_code = in_new_python("train_or_resume('killed.pt', kill_in=2)", *cells)
print("killed in its third epoch, exit code:", killed_code)
print("epochs in its checkpoint:", load_checkpoint("killed.pt")["epoch"])
resumed_code = in_new_python("train_or_resume('killed.pt')", *cells)
print("resumed, exit code:", resumed_code)
unbroken_code = in_new_python("train_or_resume('unbroken.pt')", *cells)
print("never killed, exit code:", unbroken_code)

# %% tags=["check"]
# @title Check: exercise 3
codes = killed_code, resumed_code, unbroken_code
assert 1 not in codes, (
    "A run ended with an error: read its message above, and look at your three lines."
)
assert killed_code != 0 and codes[1:] == (0, 0), (
    f"The exit codes are {codes}, but the first run should be killed and the others "
    "not: leave all but your three lines as it was, and run both cells again."
)
# Here, without a kill: one epoch, and then up to three in all.
Path("here.pt").unlink(missing_ok=True)
first = watch(train_or_resume, "here.pt", most=1, epochs=1)
look_at_saves(first, ["model", "optimizer", "epoch", "rng"])
again = watch(train_or_resume, "here.pt", most=3, past=first.past, epochs=3)
assert again.epochs, (
    "Started again after one epoch of three, it trained nothing: set `done` to the "
    "number of finished epochs in the checkpoint."
)
new, saved = first.epochs[0].before, first.epochs[0].after
start = again.epochs[0].before
anew = all(alike(start[key], new[key]) for key in ("model", "optimizer"))
assert not (anew and len(again.epochs) == 3), (
    "Started again, it ignored the checkpoint and trained everything from the start: "
    "put back `net`, `optimizer` and `done`."
)
assert alike(start["model"], saved["model"]), (
    "Started again, the network that it trains does not have the saved weights: "
    "load checkpoint['model'] into `net`."
)
look_at_optimizer(again)
assert alike(start["optimizer"], saved["optimizer"]), (
    "Started again, the optimizer does not have the saved state: "
    "load checkpoint['optimizer'] into `optimizer`."
)
assert len(again.epochs) == 2, (
    f"Started again after one epoch of three, it trained {len(again.epochs)} instead "
    "of two: set `done` to the number of finished epochs in the checkpoint."
)
assert alike(start["rng"], saved["rng"]), (
    "Started again, it draws other random numbers: leave the line with set_rng_state "
    "as it was, below yours."
)
look_at_saves(again, ["model", "optimizer", "epoch", "rng"])
# The runs in a new Python.
resumed, unbroken = load_checkpoint("killed.pt"), load_checkpoint("unbroken.pt")
assert alike(resumed, unbroken), (
    "Your lines put everything back here, and killed.pt and unbroken.pt still differ: "
    "run the cell that kills and resumes again, and let nothing depend on `path`."
)
print("Exercise 3: passed")

# %% [markdown] tags=["solution"]
# **Why.** What the next step computes depends on the weights, on Adam's averages, on
# the random numbers and on where the run stands. Put back all four, and the resumed
# run must do exactly what the unbroken run would have done. The half epoch that
# was lost is trained again, with the same shuffling and the same dropout, because the
# random state of the checkpoint is older than the half epoch.

# %% [markdown]
# ## Exercise 4: early stopping that survives a restart (independent)
#
# Write `train_until_worse(path, epochs=40, patience=3)`:
#
# - It calls `torch.manual_seed(0)`, makes a `Net()`, and then
#   `torch.optim.Adam(net.parameters(), lr=0.01)`.
# - Each epoch has four steps, in this order: **train** with `train_epoch` on
#   `images[:1000]` and `labels[:1000]`; get the **score**,
#   `accuracy(net, val_images, val_labels)`; **save** one checkpoint; **stop** if it is
#   time to.
# - An epoch is better if its score is higher than every score before. An equal score is
#   not better.
# - It is time to stop when `epochs` epochs have been trained in all, or when the last
#   `patience` epochs in a row were not better.
# - The checkpoint is a dict, saved to `path` with `save_checkpoint`. It holds `"model"`
#   (the weights as they are now), `"epoch"` (how many epochs are finished), `"best"`
#   (the highest score so far), `"bad_epochs"` (how many epochs in a row were not better
#   up to now), `"best_model"` (the state_dict that got the highest score), and whatever
#   else an exact restart needs.
# - Called with a `path` that exists, it goes on from that checkpoint, and ends exactly
#   as if it had never been interrupted. If it is already time to stop, it trains
#   nothing.
# - In the end it returns a network with the best weights.
#
# The check makes up the scores: while it calls your function, `accuracy` returns what
# the check wants, so that the scores fall and rise again.


# %%
def train_until_worse(path, epochs=40, patience=3):
    """Train with early stopping, or go on from `path`; returns the best network."""
    # solution:start
    #: Your turn: everything.
    torch.manual_seed(0)
    net = Net()
    optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
    epoch, best, bad_epochs, best_model = 0, 0.0, 0, None
    if Path(path).exists():
        checkpoint = load_checkpoint(path)
        net.load_state_dict(checkpoint["model"])
        optimizer.load_state_dict(checkpoint["optimizer"])
        torch.set_rng_state(checkpoint["rng"])
        epoch, best = checkpoint["epoch"], checkpoint["best"]
        bad_epochs, best_model = checkpoint["bad_epochs"], checkpoint["best_model"]
    while epoch < epochs and bad_epochs < patience:
        train_epoch(net, optimizer, images[:1000], labels[:1000])
        epoch += 1
        score = accuracy(net, val_images, val_labels)
        if score > best:
            best, bad_epochs = score, 0
            best_model = copy.deepcopy(net.state_dict())
        else:
            bad_epochs += 1
        state = {
            "model": net.state_dict(),
            "optimizer": optimizer.state_dict(),
            "rng": torch.get_rng_state(),
            "epoch": epoch,
            "best": best,
            "bad_epochs": bad_epochs,
            "best_model": best_model,
        }
        save_checkpoint(path, state)
    net.load_state_dict(best_model)
    return net
    # solution:end


# %% tags=["check"]
# @title Check: exercise 4
# Epoch 2 is the best for a while, and then epoch 5. Epochs 4 and 7 equal the best.
scores = [51.5, 60.5, 55.0, 60.5, 70.5, 55.0, 70.5, 65.5]
bad_epochs = [0, 0, 1, 2, 0, 1, 2, 3]
best_epoch = [1, 2, 2, 2, 5, 5, 5, 5]


def look_at_counts(run):
    """Fail unless each checkpoint of a run holds the right counts and best weights."""
    look_at_saves(run, ["model", "epoch", "best", "bad_epochs", "best_model"])
    for number, epoch in enumerate(run.epochs, start=run.start + 1):
        state, best, bad = epoch.state, best_epoch[number - 1], bad_epochs[number - 1]
        just_back = number == run.start + 1 > 1
        so_far = f"After epoch {number}, with the scores {scores[:number]},"
        advice = "save the highest score so far"
        assert is_number(state["best"], scores[best - 1]), told(
            run,
            f"{so_far} the saved 'best' is {state['best']!r} instead of "
            f"{scores[best - 1]}: {'put it back' if just_back else advice}.",
        )
        advice = (
            "a better epoch sets it to 0" if bad == 0
            else "only a score higher than every one before is better"
            if is_number(state["bad_epochs"], 0)
            else "count the epochs since the best one"
        )
        assert is_number(state["bad_epochs"], bad), told(
            run,
            f"{so_far} the saved 'bad_epochs' is {state['bad_epochs']!r} instead of "
            f"{bad}: {'put it back' if just_back and bad > 1 else advice}.",
        )
        held = epoch_of(state["best_model"], run)
        advice = "a state_dict changes as its network trains, so keep a deep copy"
        assert held == best, told(
            run,
            f"{so_far} the saved 'best_model' is that of "
            f"{f'epoch {held}' if held else 'no epoch'} instead of epoch {best}: "
            f"{'put it back' if just_back and held is None else advice}.",
        )


def look_at_end(run, patience=3, epochs=40):
    """Fail unless a run stopped when it was time to, and returned the best network."""
    last = len(run.past)
    called = f"With patience={patience} and epochs={epochs}, and the scores"
    done = bad_epochs[last - 1] >= patience or last >= epochs
    assert done, told(
        run,
        f"{called} {scores[:last]}, it stopped after epoch {last}: it should go on, "
        f"because only {bad_epochs[last - 1]} in a row were not better.",
    )
    assert run.ended, told(
        run,
        f"{called} {scores[:last]}, it trained on after epoch {last}: "
        "ask before each epoch whether it is time to stop.",
    )
    assert isinstance(run.result, Net), told(
        run,
        f"It returned an object of type {type(run.result).__name__}: "
        "return a network with the best weights.",
    )
    held, best = epoch_of(run.result.state_dict(), run), best_epoch[last - 1]
    assert held == best, told(
        run,
        "The returned network has the weights of "
        f"{f'epoch {held}' if held else 'no epoch'} instead of epoch {best}: "
        "load the best weights into it before you return it.",
    )


def begin(path, most, **options):
    """Watch a new run."""
    Path(path).unlink(missing_ok=True)  # nothing may be left of an earlier try
    run = watch(train_until_worse, path, most, scores, **options)
    assert run.epochs, (
        "It trained nothing: call train_epoch(net, optimizer, images[:1000], "
        "labels[:1000]) in each epoch."
    )
    return run


whole = begin("whole.pt", most=8)
torch.manual_seed(0)
new = Net()
assert alike(whole.epochs[0].before["model"], new.state_dict()), (
    "Its network does not begin with the weights that Net() gives after "
    "torch.manual_seed(0): set the seed, and then make the network."
)
look_at_optimizer(whole)
groups = torch.optim.Adam(new.parameters(), lr=0.01).state_dict()["param_groups"]
for epoch in whole.epochs:
    kind, mine = type(epoch.optimizer), epoch.before["optimizer"]["param_groups"]
    odd = [f"{k}={v!r}" for k, v in mine[0].items() if v != groups[0].get(k)]
    assert kind is torch.optim.Adam and alike(mine, groups), (
        f"Its optimizer is {kind.__name__} with {', '.join(odd) or 'other settings'}: "
        "make it with torch.optim.Adam(net.parameters(), lr=0.01)."
    )
    given, batch_size = epoch.data[:2], epoch.data[2]
    assert alike(given, [images[:1000], labels[:1000]]) and batch_size == 100, (
        f"It called train_epoch with {len(given[0])} images, {len(given[1])} labels "
        f"and batch_size={batch_size}: give it images[:1000], labels[:1000] and no "
        "batch size."
    )
assert whole.scored, (
    "It never asked for the score: call accuracy(net, val_images, val_labels) after "
    "each train_epoch."
)
look_at_counts(whole)
look_at_end(whole)

# With other options.
for options in ({"patience": 2}, {"epochs": 3}):
    short = begin("short.pt", most=4 if "patience" in options else 3, **options)
    look_at_counts(short)
    look_at_end(short, **options)

# Started again from the checkpoint of an epoch, as if the run had died after it.
for done in (7, 2, 8):
    state = whole.epochs[done - 1].state
    save_checkpoint("cut.pt", state)
    past = whole.past[:done]
    again = watch(train_until_worse, "cut.pt", 8 - done, scores, past)
    if again.epochs:
        first, expected = again.epochs[0].before, whole.epochs[done].before
        assert not alike(first["model"], new.state_dict()), told(
            again,
            "It trained a new network: load the file at `path`, and put 'model' back "
            "into the network.",
        )
        held = epoch_of(first["model"], again)
        assert alike(first["model"], expected["model"]), told(
            again,
            "The network that it trains has the weights of "
            f"{f'epoch {held}' if held else 'no epoch'}: put 'model' back into it.",
        )
        look_at_optimizer(again)
        assert alike(first["optimizer"], expected["optimizer"]), told(
            again,
            "The optimizer is not in the state that it had then: save "
            "optimizer.state_dict() in each epoch, and put it back.",
        )
        assert alike(first["rng"], expected["rng"]), told(
            again,
            "It draws other random numbers than the run that was not interrupted: save "
            "torch.get_rng_state() in each epoch, and put it back before the next one.",
        )
        look_at_counts(again)
    look_at_end(again)

save_checkpoint("cut.pt", whole.epochs[1].state)
again = watch(train_until_worse, "cut.pt", 1, scores, whole.past[:2], epochs=3)
look_at_end(again, epochs=3)
print("Exercise 4: passed")

# %% [markdown] tags=["solution"]
# **Why.** Two models are in the checkpoint: the last one, to go on from, and the
# best one, to use. The best score and `bad_epochs` decide what happens to them; a
# restart without them takes its first epoch for the best there ever was. Everything
# stands in one file, so no crash can leave a best model beside a score that is not its
# own. And because the loop asks `bad_epochs < patience` before it trains, starting a
# finished run again changes nothing.
