# %% tags=["file-only"]
"""Lesson 3, step 1: your net, your training, and the checks of both."""

from snippets.fashion_mnist_project.checks import (
    check_checkpoint,
    check_chosen,
    check_resumed,
)
from snippets.fashion_mnist_project.early_best import check_best
from snippets.fashion_mnist_project.reference import make_net, train
from snippets.fashion_mnist_project.rehearsal import rehearse

# %% [markdown]
# ## Your net and your training
#
# Write `make_net` and `train`. Use what you can from the baseline: `resume`,
# `snapshot`, `save`, `evaluate` and `train_step` are there for you.
#
# `train(checkpoint_path, on_step=None)`:
#
# - trains a net from `make_net()`, or resumes from the checkpoint at that path. Call
#   `load_training()` inside `train`, and use the images that it returns;
# - calls `on_step(n)` after each optimizer step, unless `on_step` is None. `n` is the
#   number of steps so far, and a resumed run goes on counting. If `on_step` raises an
#   exception, let it end the run;
# - measures validation accuracy after each epoch, and keeps a copy of the best weights;
# - saves a checkpoint after each epoch. It holds at least `"step"`, `"best_model"` (a
#   state_dict), `"best_accuracy"` (on validation, a number in percent) and `"log"`: a
#   list with one entry for each epoch, whose validation accuracy, in percent too, is
#   `entry["val"]["accuracy"]`;
# - returns `predict(net)` with the best weights: a tensor (10000,) of class numbers.

# %%
# solution:start
# > def make_net():
# >     """A fully connected net: images (batch, 784) in, logits (batch, 10) out."""
# >     # Your turn: build it, and return it.
# >
# >
# > def train(checkpoint_path, on_step=None):
# >     """Train, or go on from the checkpoint; returns predictions, (10000,)."""
# >     # Your turn: what it has to do is listed above.
# --8<-- "snippets/fashion_mnist_project/reference.py:recipes"


# --8<-- "snippets/fashion_mnist_project/reference.py:net"


# --8<-- "snippets/fashion_mnist_project/reference.py:tools"


# --8<-- "snippets/fashion_mnist_project/reference.py:train"
# solution:end

# %% [markdown] tags=["solution"]
# **Why.** Seed and epoch determine the order of the images. Everything else that a step
# depends on is in the checkpoint: the weights, the optimizer's averages, the schedule,
# the scaler and the random state. So a resumed run takes the very steps that it would
# have taken anyway. The best weights are copied, because the tensors in a state_dict
# change as training goes on. And `predict` is called in the last line, when there is
# nothing left to choose.

# %% [markdown]
# ## The checks of your training
#
# They train on a tenth of the images. So the accuracy is low, and that does not matter
# here. All together they take about four times as long as one such run.
#
# Run the next cell; only the checks use it, and you need not read it. It calls `train`
# with `REHEARSAL` on, and notes the steps, each checkpoint, the random numbers and when
# the test set is opened. When `train` has ended, nothing of this is left behind.

# %%
# @title For the checks: run this cell; you need not read it
# --8<-- "snippets/fashion_mnist_project/rehearsal.py:rehearse"
# --8<-- "snippets/fashion_mnist_project/checks.py:checkpoint"
# --8<-- "snippets/fashion_mnist_project/checks.py:resumed"
# --8<-- "snippets/fashion_mnist_project/checks.py:chosen"
# --8<-- "snippets/fashion_mnist_project/early_best.py:best"

# %% [markdown]
# The next cell runs `train` once, with a new checkpoint.

# %%
whole = rehearse(train)
print("optimizer steps in rehearsal:", len(whole["steps"]))

# %% [markdown]
# This check looks at each checkpoint of that run: whether it loads with
# `weights_only=True`, has what it needs, and fits the net that `make_net` returns.

# %% tags=["check"]
check_checkpoint(whole, make_net)

# %% [markdown]
# This one interrupts `train` in the middle of an epoch and calls it again. It compares
# the numbers of the steps, the log, and all 10,000 predictions with those of that run.

# %% tags=["check"]
check_resumed(train, whole)

# %% [markdown]
# This one looks at when the test set was opened, and measures each checkpoint's best
# weights anew, on the validation images.

# %% tags=["check"]
check_chosen(whole, make_net)

# %% [markdown]
# The last one gives `train` other labels for the validation images, by which an early
# epoch is the best. It interrupts that run too, and then calls `train` without
# `on_step`.

# %% tags=["check"]
check_best(train, whole, make_net)
