# %% tags=["file-only"]
"""Lesson 1's exercises with their solutions: practice and solutions notebooks."""

# Cells of a notebook, each with what it newly needs:
# ruff: noqa: E402

import torch

from snippets.saving_and_loading.checkpoint import (
    CheckpointError,
    Path,
    load_checkpoint,
    save_checkpoint,
)
from snippets.saving_and_loading.data import load_images
from snippets.saving_and_loading.loop import accuracy, train_epoch
from snippets.saving_and_loading.model import Net

# %% [markdown]
# # Practice: saving and loading
#
# Four exercises, from guided to independent. Each has a task, a cell for your code and
# a check cell. The check stops with a sentence that says what is still missing, or
# prints `passed`. Everything here takes seconds on a CPU.
#
# Run the next cells first: they are the lesson's data, network, loop and the two
# functions for checkpoints, unchanged, and one function that only the checks use.

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
images, labels = load_images(train=True, count=3000)
val_images, val_labels = images[2000:], labels[2000:]  # 1,000 to validate on
images, labels = images[:2000], labels[:2000]  # 2,000 to train on

# %%
import contextlib


def watch_saves(kinds, train, path, **options):
    """Call `train(path, ...)`; returns its result and the checkpoints it saved.

    Fails unless each was saved to `path` and has all keys of `kinds` (key to type).
    """
    global save_checkpoint
    original, saved = save_checkpoint, []

    def save_and_note(path, state):
        original(path, state)
        held = None  # stays so if the file cannot be loaded
        with contextlib.suppress(CheckpointError):
            held = load_checkpoint(path)
        saved.append((str(path), held))

    save_checkpoint = save_and_note
    try:
        result = train(path, **options)
    finally:
        save_checkpoint = original

    assert saved, (
        "save_checkpoint was never called: call save_checkpoint(path, ...) in the loop."
    )
    for where, state in saved:
        assert where == path, (
            f"Called with the path '{path}', it saved to '{where}': save to `path`."
        )
        assert state is not None, (
            "The file cannot be loaded, because you saved an object: use .state_dict()."
        )
        assert isinstance(state, dict), "The checkpoint that you save must be a dict."
        for key, kind in kinds.items():
            assert key in state, f"The checkpoint has no '{key}': add it to the dict."
            assert isinstance(state[key], kind), (
                f"'{key}' is of type {type(state[key]).__name__} instead of "
                f"{kind.__name__}: what .state_dict() returns is a dict."
            )
    return result, [state for _, state in saved]


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
assert isinstance(twin, Net), (
    "`twin` is not a network any more: load_state_dict changes the network itself, "
    "so do not assign what it returns."
)
assert twin is not net, (
    "`twin` is only a second name for `net`: keep the new Net() and load into it."
)
assert not twin.training, (
    "`twin` is in training mode: leave it in eval() mode after loading."
)
in_file = torch.load("trip.pt", map_location="cpu", weights_only=True)
for name, tensor in in_file.items():
    assert torch.equal(twin.state_dict()[name], tensor), (
        f"`twin` has other numbers than the file in {name}: "
        "call twin.load_state_dict with what torch.load returned."
    )
assert torch.equal(outputs, twin(val_images)), (
    "The weights are the file's and the outputs are not: "
    "run the cells of this exercise again, from the first."
)
print("Exercise 1: passed")

# %% [markdown] tags=["solution"]
# **Why so.** The file holds names and tensors and nothing else. So you build the
# network first, from your own code, and `load_state_dict` copies each tensor to the
# parameter or buffer of the same name. `eval()` is needed on both sides: with dropout
# on, a network does not even agree with itself.

# %% [markdown]
# ## Exercise 2: add checkpoints to a loop (supported)
#
# This loop forgets everything when it ends. Let it save one checkpoint after **every**
# epoch: a dict with the keys `"model"`, `"optimizer"` and `"epoch"` (how many epochs
# are finished), saved to `path` by `save_checkpoint`.


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
kinds = {"model": dict, "optimizer": dict, "epoch": int}
net, saved = watch_saves(kinds, train_and_save, "other.pt", epochs=2)
assert len(saved) == 2, (
    f"Checkpoints saved in two epochs: {len(saved)}, but it should be one after each."
)
epochs = [state["epoch"] for state in saved]
assert epochs == [1, 2], (
    f"The saved values of 'epoch' are {epochs} instead of [1, 2]: "
    "count the finished epochs."
)
last = saved[-1]
for name, tensor in net.state_dict().items():
    assert name in last["model"] and torch.equal(last["model"][name], tensor), (
        f"The saved {name} is not what training ended with: "
        "save net.state_dict() after train_epoch."
    )
assert last["optimizer"].get("state"), (
    "'optimizer' holds no running averages: save optimizer.state_dict()."
)
print("Exercise 2: passed")

# %% [markdown] tags=["solution"]
# **Why so.** The state is saved after `train_epoch`, so `epoch + 1` epochs are
# finished, and that is where a resumed run has to go on: with `epoch` it would train
# the last one twice. Saving after every epoch means that a crash can take no more than
# one epoch from you. `save_checkpoint` replaces the old file in one step, so a crash
# while it saves leaves you the checkpoint before.

# %% [markdown]
# ## Exercise 3: crash and resume (supported)
#
# `train_or_resume` saves after each epoch and can be told to die in the middle of one,
# by a signal that no program can catch. It runs in a process of its own, so your
# notebook survives (this needs Linux or macOS; Colab is Linux). Started again, it finds
# the checkpoint and loads it, and then does nothing with it. Put the state back, so
# that the resumed run ends with **exactly** the weights of a run that was never killed.

# %%
import multiprocessing
import os
import signal


def train_or_resume(path, epochs=4, kill_in=None):
    """Train up to `epochs` epochs in all; die in the middle of epoch `kill_in`."""
    torch.manual_seed(0)
    net = Net()
    optimizer = torch.optim.Adam(net.parameters())
    done = 0  # epochs finished
    if Path(path).exists():
        checkpoint = load_checkpoint(path)
        torch.set_rng_state(checkpoint["rng"])  # for shuffling and dropout
        # solution:start
        #: Your turn: three lines that put back `net`, `optimizer` and `done`.
        #: The keys are those in the dict below.
        net.load_state_dict(checkpoint["model"])
        optimizer.load_state_dict(checkpoint["optimizer"])
        done = checkpoint["epoch"]
        # solution:end
    for epoch in range(done, epochs):
        if epoch == kill_in:  # half an epoch, and then the power fails
            train_epoch(net, optimizer, images[:1000], labels[:1000])
            os.kill(os.getpid(), signal.SIGKILL)
        train_epoch(net, optimizer, images, labels)
        state = {
            "model": net.state_dict(),
            "optimizer": optimizer.state_dict(),
            "epoch": epoch + 1,
            "rng": torch.get_rng_state(),
        }
        save_checkpoint(path, state)


def child(path, kill_in):
    """What the new process does."""
    # First of all, one thread: a forked process can hang if its parent has already
    # used several threads.
    torch.set_num_threads(1)
    train_or_resume(path, kill_in=kill_in)


def in_a_process(path, kill_in=None):
    """Train in a process of its own; returns its exit code."""
    fork = multiprocessing.get_context("fork")
    process = fork.Process(target=child, args=(path, kill_in))
    process.start()
    process.join()
    return process.exitcode


for path in ("killed.pt", "unbroken.pt"):
    Path(path).unlink(missing_ok=True)  # nothing may be left of an earlier try
killed_code = in_a_process("killed.pt", kill_in=2)
print("killed in its third epoch, exit code:", killed_code)
print("epochs in its checkpoint:", load_checkpoint("killed.pt")["epoch"])
resumed_code = in_a_process("killed.pt")
print("resumed, exit code:", resumed_code)
unbroken_code = in_a_process("unbroken.pt")
print("never killed, exit code:", unbroken_code)

# %% tags=["check"]
assert killed_code == -signal.SIGKILL, (
    "The first run was not killed: below your three lines, leave the cell as it was."
)
assert resumed_code == unbroken_code == 0, (
    "A run ended with an error: read its message above, and look at your three lines."
)
resumed, unbroken = load_checkpoint("killed.pt"), load_checkpoint("unbroken.pt")
steps, expected = (
    int(state["optimizer"]["state"][0]["step"]) for state in (resumed, unbroken)
)
assert steps >= expected, (
    f"The resumed run's Adam counts {steps} steps instead of {expected}: "
    "load the optimizer's state, and set `done` to exactly what was saved."
)
assert steps <= expected, (
    f"The resumed run's Adam counts {steps} steps instead of {expected}: "
    "finished epochs were trained again; set `done` from the checkpoint."
)
for name, tensor in unbroken["model"].items():
    assert torch.equal(resumed["model"][name], tensor), (
        f"{name} differs between the resumed and the unbroken run: "
        "net, optimizer and `done` must all three come from the checkpoint."
    )
print("Exercise 3: passed")

# %% [markdown] tags=["solution"]
# **Why so.** What the next step computes depends on the weights, on Adam's averages, on
# the random numbers and on where the run stands. Put back all four, and the resumed
# run must do exactly what the unbroken run would have done. The half epoch that
# was lost is trained again, with the same shuffling and the same dropout, because the
# random state of the checkpoint is older than the half epoch.

# %% [markdown]
# ## Exercise 4: early stopping that survives a restart (independent)
#
# Write `train_until_worse(path, epochs=40, patience=3)`:
#
# - it trains a `Net()` on `images[:1000]` and `labels[:1000]` with `train_epoch`, after
#   `torch.manual_seed(0)`, with `torch.optim.Adam(net.parameters(), lr=0.01)`;
# - after each epoch the score is `accuracy(net, val_images, val_labels)`; only a higher
#   score than every one before counts as better;
# - it stops after `epochs` epochs in all, or as soon as `patience` epochs in a row were
#   not better;
# - after every epoch it saves **one** checkpoint to `path` with `save_checkpoint`: a
#   dict with `"model"` (the current weights), `"epoch"` (finished epochs), `"best"`
#   (the best score), `"bad_epochs"` (epochs since then), `"best_model"` (the state_dict
#   that had that score), and whatever else an exact restart needs;
# - called with a `path` that exists, it goes on from there, and ends as if it had never
#   been interrupted; a run that has stopped trains no more;
# - it returns the network with the best weights in it.

# %%
import copy


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
def same(weights, expected):
    """Whether two state_dicts hold the same names and numbers."""
    return weights.keys() == expected.keys() and all(
        torch.equal(weights[name], expected[name]) for name in expected
    )


def start_again(path, **options):
    """Go on from the checkpoint at `path`; an error there fails this check."""
    try:
        net = train_until_worse(path, **options)
    except Exception as error:
        raise AssertionError(
            f"Going on from its checkpoint ended with a {type(error).__name__}, shown "
            "above: put back all that it needs, and best_model has to be put back too."
        ) from error
    assert isinstance(net, Net), "Started again, it must return the best network too."
    return net


for path in ("whole.pt", "cut.pt"):
    Path(path).unlink(missing_ok=True)  # nothing may be left of an earlier try

# A whole run.
kinds = {"model": dict, "epoch": int, "best": float, "bad_epochs": int}
kinds["best_model"] = dict
best_net, saved = watch_saves(kinds, train_until_worse, "whole.pt")
assert isinstance(best_net, Net), "train_until_worse must return the best network."
whole = saved[-1]
epochs = [state["epoch"] for state in saved]
assert epochs == list(range(1, whole["epoch"] + 1)), (
    f"The saved values of 'epoch' are {epochs}: save once after every epoch, "
    "with the number of finished epochs."
)
assert whole["bad_epochs"] == 3 < whole["epoch"] < 40, (
    f"It ended after epoch {whole['epoch']} with {whole['bad_epochs']} epochs in a row "
    "not better: it should stop at exactly 3, and count anew from each better one."
)
best_weights = saved[-4]["model"]  # three epochs before the last
assert not same(whole["model"], best_weights), (
    "'model' holds the best weights: save the current ones there, to go on from."
)
assert same(best_net.state_dict(), best_weights), (
    f"The best epoch was {whole['epoch'] - 3}, and the returned network has other "
    "weights: keep a deep copy of the best state_dict, and load it before you return."
)
assert same(whole["best_model"], best_weights), (
    f"The best epoch was {whole['epoch'] - 3}, and the saved 'best_model' has other "
    "weights: save the deep copy of the best state_dict."
)
assert whole["best"] == accuracy(best_net, val_images, val_labels), (
    f"'best' is {whole['best']}, and that is not the score of the best network."
)

# Started again when it has stopped.
# Nobody can train a best of 100 %: it must come from the file.
save_checkpoint("whole.pt", {**whole, "best": 100.0})
best_net = start_again("whole.pt")
again = load_checkpoint("whole.pt")
assert again["best"] == 100.0, (
    "Called with a path that exists, it started anew: go on from the checkpoint there."
)
assert again["epoch"] == whole["epoch"], (
    "A run that has stopped went on training: put back bad_epochs, "
    "and look at it before each epoch."
)
assert same(best_net.state_dict(), best_weights), (
    "Started again when it has stopped, it returns a network that is not the best: "
    "put back best_model, and return the network with that."
)

# Started again just before it would stop.
train_until_worse("cut.pt", epochs=whole["epoch"] - 1)
before = load_checkpoint("cut.pt")
assert before["epoch"] == whole["epoch"] - 1, (
    "With a smaller `epochs` it must end there, with a checkpoint of that epoch."
)
start_again("cut.pt")
cut = load_checkpoint("cut.pt")
assert cut["best"] >= whole["best"], (
    f"After a restart the best is {cut['best']:.1f} % and was {whole['best']:.1f} %: "
    "the resumed run forgot the best score and overwrote the best model."
)
assert cut["epoch"] == whole["epoch"], (
    f"After a restart it stops after epoch {cut['epoch']} instead of {whole['epoch']}: "
    "put back epoch, bad_epochs, best (a best score that was forgotten also resets the "
    "patience), and all that training depends on (random state too)."
)
assert same(cut["model"], whole["model"]), (
    "After a restart it ends with other weights: the network, the optimizer and the "
    "random state must all come from the checkpoint."
)
assert same(cut["best_model"], best_weights), (
    "After a restart the saved best_model has other weights: save it and put it back."
)

# A tie: the best so far is just what the next epoch will score.
last_net = Net()
last_net.load_state_dict(whole["model"])
last_score = accuracy(last_net, val_images, val_labels)
save_checkpoint("cut.pt", {**before, "best": last_score, "bad_epochs": 0})
start_again("cut.pt", epochs=whole["epoch"])
assert load_checkpoint("cut.pt")["bad_epochs"] == 1, (
    "An epoch that only equals the best score counted as better: ask for a higher one."
)
print("Exercise 4: passed")

# %% [markdown] tags=["solution"]
# **Why so.** Two models are in the checkpoint: the last one, to go on from, and the
# best one, to use. The best score and `bad_epochs` decide what happens to them; a
# restart without them takes its first epoch for the best there ever was. Everything
# stands in one file, so no crash can leave a best model beside a score that is not its
# own. And because the loop asks `bad_epochs < patience` before it trains, starting a
# finished run again changes nothing.
