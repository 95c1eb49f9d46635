# %% tags=["file-only"]
"""Lesson 1, exercise 2: save a checkpoint after each epoch of a loop."""

import torch

from snippets.saving_and_loading.checkpoint import Path, save_checkpoint
from snippets.saving_and_loading.loop import accuracy, train_epoch  # noqa: F401, watched
from snippets.saving_and_loading.model import Net
from snippets.saving_and_loading.practice.intro import (
    alike,
    images,
    labels,
    look_at_names,
    look_at_optimizer,
    look_at_saves,
    moment_of,
    watch,
)

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

# %% [markdown]
# The check calls `train_and_save` again, for three epochs and with another path. It
# compares each checkpoint with the network and the optimizer as they were at the end of
# that epoch, and looks whether the loop is otherwise as it was.

# %% tags=["check"]
# @title Check: exercise 2
look_at_names(globals(), "train_and_save")
Path("other.pt").unlink(missing_ok=True)  # nothing may be left of an earlier check
run = watch(globals(), train_and_save, "other.pt", most=3, epochs=3)
assert run.ended and len(run.epochs) == 3, (
    f"With epochs=3, it called train_epoch {len(run.epochs)} of 3 times and "
    f"{'stopped' if run.ended else 'went on'}: leave the loop as it was."
)
for epoch in run.epochs:
    some, some_labels, batch_size = epoch.data
    assert alike(epoch.data, [images, labels, 100]), (
        f"It called train_epoch with {len(some)} images, {len(some_labels)} labels and "
        f"batch_size={batch_size}: leave that line as it was."
    )
look_at_optimizer(run)
torch.manual_seed(0)
new = Net()
start = moment_of(new, torch.optim.Adam(new.parameters()))
assert all(alike(run.epochs[0].before[k], start[k]) for k in ("model", "optimizer")), (
    "Epoch 1 did not begin with the network and the optimizer that the first three "
    "lines make: leave these as they were."
)
look_at_saves(run, ["model", "optimizer", "epoch"])
assert run.result is run.epochs[-1].net, (
    "It returned something else than the network that it had trained: make no second "
    "network, and leave the last line as it was."
)
print("Exercise 2: passed")

# %% [markdown] tags=["solution"]
# **Why.** The state is saved after `train_epoch`, so `epoch + 1` epochs are
# finished, and that is where a resumed run has to go on: with `epoch` it would train
# the last one twice. Saving after every epoch means that a crash can take no more than
# one epoch from you. `save_checkpoint` replaces the old file in one step, so a crash
# while it saves leaves you the checkpoint before.
