# %% tags=["file-only"]
"""Lesson 3, step 1: your net, your training, and the checks of both."""

from snippets.fashion_mnist_project.checks import check
from snippets.fashion_mnist_project.data import load_training
from snippets.fashion_mnist_project.reference import make_net, train
from snippets.fashion_mnist_project.rehearsal import Rehearsal

# %% [markdown]
# ## Your net and your training
#
# Write `make_net` and `train`. Use what you can from the baseline: `resume`,
# `snapshot`, `save`, `evaluate` and `train_step` are there for you.
#
# `train(data, checkpoint_path, on_step=None)`:
#
# - trains a net from `make_net()`, or resumes from the checkpoint at that path. `data`
#   is what `load_training()` returns; use these images, and load no others;
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
# > def train(data, checkpoint_path, on_step=None):
# >     """Train, or go on from the checkpoint; returns predictions, (10000,)."""
# >     images, labels, val_images, val_labels = data
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
# They call your `train` on a tenth of the images, so the accuracy is low, and that does
# not matter here. They note what it does and what is in each checkpoint, and go through
# a table of what may be wrong: how it is seen, what to do, where to read more. All
# together they take about four times as long as one such run. Each run that ends opens
# the test set; nothing is graded there, so that is an exception.
#
# Run the next cell; only the checks use it, and you need not read it.

# %%
# @title For the checks: run this cell; you need not read it
# --8<-- "snippets/fashion_mnist_project/rehearsal.py:run"
# --8<-- "snippets/fashion_mnist_project/rehearsal.py:rehearse"
# --8<-- "snippets/fashion_mnist_project/checks.py:seen"
# --8<-- "snippets/fashion_mnist_project/checks.py:table"
# --8<-- "snippets/fashion_mnist_project/checks.py:loop"

# %% [markdown]
# The next cell runs `train` once, with a new checkpoint. Run it again after each change
# of `train` or `make_net`, before you run a check.

# %%
rehearsal = Rehearsal(train, make_net, load_training())
print("optimizer steps in rehearsal:", rehearsal.whole.total)

# %% [markdown]
# This check looks at each checkpoint of that run: whether it loads with
# `weights_only=True`, has what it needs, and fits the net that `make_net` returns.

# %% tags=["check"]
check("checkpoint", rehearsal)

# %% [markdown]
# This one interrupts `train` in the middle of an epoch and calls it again. It compares
# the numbers of the steps, the log, and all 10,000 predictions with those of that run.

# %% tags=["check"]
check("resumed", rehearsal)

# %% [markdown]
# This one looks at when the test set was opened, and measures each checkpoint's best
# weights anew, on the validation images.

# %% tags=["check"]
check("chosen", rehearsal)

# %% [markdown]
# The last one gives `train` other labels for the validation images, by which an early
# epoch is the best. It interrupts that run too, and then calls `train` without
# `on_step`.

# %% tags=["check"]
check("best", rehearsal)
