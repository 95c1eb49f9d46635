# %% tags=["file-only"]
"""Lesson 1, exercise 3: a killed run resumes and ends as if it had not been killed."""

import torch

from snippets.saving_and_loading.checkpoint import (
    Path,
    advice,
    load_checkpoint,
    save_checkpoint,
)
from snippets.saving_and_loading.data import load_images
from snippets.saving_and_loading.loop import accuracy, train_epoch  # noqa: F401, watched
from snippets.saving_and_loading.model import Net
from snippets.saving_and_loading.new_process import die, in_new_python
from snippets.saving_and_loading.practice.intro import (
    alike,
    look_at_optimizer,
    look_at_saves,
    reloaded,
    watch,
)

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
        if epoch == kill_in:  # half an epoch, and then it is killed
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

# %% [markdown]
# The check calls `train_or_resume` twice more, for one epoch and then up to three. It
# compares what the second call begins with to what the first one has saved. Then it
# compares the checkpoints of the cell above, which have to be the same.

# %% tags=["check"]
# @title Check: exercise 3
names = "killed_code", "resumed_code", "unbroken_code"
codes = tuple(globals().get(name) for name in names)
assert 1 not in codes, (
    "A run ended with an error: read its message above, and look at your three lines."
)
assert None not in codes, (
    "The cell that kills and resumes did not come to its end: run both cells again, "
    "and read the error that one of them shows."
)
assert killed_code != 0 and codes[1:] == (0, 0), (
    f"The exit codes are {codes}, but the first run should be killed and the others "
    "not: leave all but your three lines as it was, and run both cells again."
)
# Here, without a kill: one epoch, and then up to three in all.
Path("here.pt").unlink(missing_ok=True)
first = watch(globals(), train_or_resume, "here.pt", most=1, epochs=1)
look_at_saves(first, ["model", "optimizer", "epoch", "rng"])
again = watch(globals(), train_or_resume, "here.pt", most=3, past=first.past, epochs=3)
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
resumed, unbroken = reloaded("killed.pt"), reloaded("unbroken.pt")
assert resumed and unbroken, (
    "killed.pt or unbroken.pt cannot be loaded: run the cell that kills and resumes "
    "again, and let your function neither delete nor change what it has saved."
)
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
