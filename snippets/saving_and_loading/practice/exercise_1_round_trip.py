# %% tags=["file-only"]
"""Lesson 1, exercise 1: load a saved state_dict into a new network."""

# Cells of a notebook, each with what it newly needs:
# ruff: noqa: E402

import contextlib

import torch

from snippets.saving_and_loading.loop import train_epoch
from snippets.saving_and_loading.model import Net
from snippets.saving_and_loading.practice.intro import (
    alike,
    free_builtins,
    images,
    labels,
    look_at_names,
    val_images,
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

# %% [markdown]
# The check loads `trip.pt` into a network of its own, and compares `twin` with it: its
# parameters, its buffers, its mode and its outputs.

# %% tags=["check"]
# @title Check: exercise 1
import builtins

free_builtins(builtins.globals())
look_at_names(globals(), "net", "outputs", "twin", "agree")
assert isinstance(Net, type), (
    "`Net` is no longer the class of the network: choose another name in the second "
    "cell, restart the kernel, and run the cells again from the first."
)


def outputs_of(network):
    """What a network gives for `val_images`, or None if it ends with an error."""
    with contextlib.suppress(Exception):
        return network(val_images)


fresh = Net()
with contextlib.suppress(Exception):  # then `fresh` gives other outputs
    fresh.load_state_dict(torch.load("trip.pt", map_location="cpu", weights_only=True))
fresh.eval()
assert alike(outputs, outputs_of(fresh)), (
    "`outputs` is no longer what the network in trip.pt gives for `val_images`: run "
    "the first cell again, and change nothing but `twin` in the second."
)
assert isinstance(net, torch.nn.Module), (
    f"`net` is of type {type(net).__name__} and not a network any more: run the first "
    "cell again, and change nothing but `twin` in the second."
)
assert isinstance(twin, torch.nn.Module), (
    f"`twin` is of type {type(twin).__name__} and not a network any more: "
    "load_state_dict changes the network itself, so do not assign to `twin`."
)
assert twin is not net, (
    "`twin` is only a second name for `net`: keep the new Net() and load into it."
)
mine, saved = dict(twin.named_parameters()), dict(fresh.named_parameters())
assert not alike(dict(net.named_parameters()), saved), (
    "`net` has the weights of the file now: run the first cell again, and load into "
    "`twin`."
)
buffers, saved_buffers = dict(twin.named_buffers()), dict(fresh.named_buffers())
assert mine.keys() == saved.keys() and buffers.keys() == saved_buffers.keys(), (
    "The parameters or buffers of `twin` have other names than those of Net(): keep "
    "the new Net() as it is, and load into it."
)
assert alike(mine, saved) or not alike(mine, dict(net.named_parameters())), (
    "`twin` has the weights that `net` has now, after more training: "
    "load what is in the file, `loaded`."
)
missing = [name for name in saved if not alike(mine[name], saved[name])]
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
assert alike(buffers, saved_buffers), (
    "`twin` has the file's parameters and not its buffers: load_state_dict copies both."
)
assert alike(outputs, outputs_of(twin)), (
    "`twin` has the weights of the file and gives other outputs: "
    "change nothing of Net() but its weights."
)
assert agree == 1, (
    "`twin` is right, but the second cell did not come to its end: read the error that "
    "it shows, and mend your line."
)
print("Exercise 1: passed")

# %% [markdown] tags=["solution"]
# **Why.** The file holds names and tensors and nothing else. So you build the
# network first, from your own code, and `load_state_dict` copies each tensor to the
# parameter or buffer of the same name. `eval()` is needed on both sides: with dropout
# on, a network does not even agree with itself.
