# %% tags=["file-only"]
"""Lesson 1, exercise 2: save a checkpoint after each epoch of a loop."""

import torch

from snippets.saving_and_loading.checkpoint import save_checkpoint
from snippets.saving_and_loading.loop import accuracy, train_epoch  # noqa: F401, watched
from snippets.saving_and_loading.model import Net
from snippets.saving_and_loading.practice.intro import (
    images,
    labels,
    look_at_saves,
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
# that epoch.

# %% tags=["check"]
# @title Check: exercise 2
run = watch(globals(), train_and_save, "other.pt", most=3, epochs=3)
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
