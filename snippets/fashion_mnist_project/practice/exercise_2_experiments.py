# %% tags=["file-only"]
"""Lesson 3, step 2: experiments that differ in one thing."""

from snippets.fashion_mnist_project.checkpoint import torch
from snippets.fashion_mnist_project.data import load_training
from snippets.fashion_mnist_project.reference import GOOD, train

# %% [markdown]
# ## Your experiments
#
# This is the log that you hand in. Write one line for each experiment, including those
# that fail, and say with which seeds. Change one thing at a time. Compare by validation
# accuracy, never by the test set: `train` predicts at its end, but do not grade the
# predictions of an experiment. Measure training accuracy in eval mode, and take both
# accuracies from the epoch with the best validation. For an example, see “An experiment
# log” in Fashion-MNIST Project.
#
# | No. | Change | Expected, why | Seeds | Training | Validation | Seconds | Result |
# |---|---|---|---|---|---|---|---|
# | 0 | nothing: the baseline | | 0 | | | | |
# | 1 | | | | | | | |
# | 2 | | | | | | | |
# | 3 | | | | | | | |

# %%
# solution:start
#: Your turn: your experiments, with `trial` or with `train`. Give each call of `train`
#: a checkpoint of its own, so that it can resume and you can look at its log later.
experiments = {"good": GOOD, "without flips": GOOD | {"flip": False}}
for name, recipe in experiments.items():
    # Its predictions are not graded.
    train(load_training(), f"{name}.pt", recipe=recipe)
    state = torch.load(f"{name}.pt", weights_only=True, map_location="cpu")
    print(f"{name}: {state['best_accuracy']:.2f} % of the validation images")
# solution:end

# %% [markdown] tags=["solution"]
# **Why.** Two recipes that differ in one thing, compared on the validation images. One
# run of each cannot settle a small difference: “An experiment log” in Fashion-MNIST
# Project shows a gain over several seeds, next to their spread.
