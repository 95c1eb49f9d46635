# %% tags=["file-only"]
"""Lesson 3's practice, the project: its rules, what is given, and the menu."""

from snippets.fashion_mnist_project.baseline_run import baseline
from snippets.fashion_mnist_project.data import load_training
from snippets.fashion_mnist_project.guess import guess
from snippets.fashion_mnist_project.show_grade import show_grade

# %% [markdown]
# # Project: Fashion-MNIST
#
# You choose the net, the learning rate schedule and the regularisation. You get the
# data, a baseline to beat, the grader and the checks. When you have finished, you hand
# in your training with its checkpoint, a file with your predictions for the 10,000 test
# images, your log and a short report.
#
# **What your submission has to do**
#
# - Train a fully connected net, on a CUDA GPU if there is one, otherwise on the CPU.
# - Resume from its checkpoint after an interruption, and make the same predictions as a
#   run that was never interrupted.
# - Keep the weights that score best on the validation images.
# - Open the test set once, at the end.
# - Come with a log of your experiments, and with a report: the test accuracy, and an
#   explanation of one confusion on the test set.
#
# **The rules.** Make every choice on the validation images. Change one thing at a time
# and write it down in the log. If a gain is small, repeat it with other seeds.
#
# Run the cells from the top. A check prints `passed`, or stops with a sentence that
# says what is wrong and where to look.

# %% [markdown]
# ## Given: data, net and checkpoint
#
# These cells come from the project's page, unchanged. `REHEARSAL = True` trains on a
# tenth of the images. Set it in a cell of its own to try your code in seconds, and set
# it back to `False` for every run that counts.

# %%
# --8<-- "snippets/fashion_mnist_project/data.py:data"

# %%
# --8<-- "snippets/fashion_mnist_project/net.py:net"

# %%
# --8<-- "snippets/fashion_mnist_project/checkpoint.py:checkpoint"

# %% [markdown]
# `resume` and `snapshot` take `settings`, a dict that tells one run from another, so
# that two runs cannot mix in one file. Put in your recipe, the seed and the number of
# images (a rehearsal has fewer). If your schedule depends on the number of epochs, that
# number belongs in `settings` too. The path and the device do not.

# %% [markdown]
# ## Given: the baseline
#
# It trains once. Run the cell again, and it is loaded from its checkpoint. Use
# `train_baseline` as a pattern for your own function: it resumes, it keeps the weights
# that are best on validation, and it calls `on_step`. It loads its images itself; your
# function gets them as `data`.

# %%
# --8<-- "snippets/fashion_mnist_project/baseline.py:step"
# --8<-- "snippets/fashion_mnist_project/baseline.py:train"

# %%
# --8<-- "snippets/fashion_mnist_project/baseline_run.py:run"

# %% [markdown]
# ## Given: the grader
#
# `guess` gives a net's predictions for any images. `predict` does so for the test
# images, which stay closed until your final run. The grader reads a file of predictions
# and grades it exactly as the page does. `BARS` holds the three bars that you can
# reach.

# %%
# --8<-- "snippets/fashion_mnist_project/guess.py:guess"

# %%
# --8<-- "snippets/fashion_mnist_project/predict.py:predict"

# %%
# --8<-- "snippets/fashion_mnist_project/read.py:read"

# %%
# --8<-- "snippets/fashion_mnist_project/grade.py:grade"

# %%
# --8<-- "snippets/fashion_mnist_project/show_grade.py:show"

# %% [markdown]
# What the baseline confuses on the 5,000 validation images:

# %%
_, _, val_images, val_labels = load_training()
guesses = guess(baseline, val_images)
baseline_report = show_grade(guesses.tolist(), val_labels.tolist(), "validation")

# %% [markdown]
# ## Given: a trial
#
# `trial` is for quick questions. It trains one net with one recipe, keeps no checkpoint
# and never opens the test set; the page uses it in “An experiment log”. Its defaults
# are not those of the baseline: it takes AdamW and batches of 256, the baseline takes
# Adam and batches of 64. So compare a trial with another trial. What turns out well
# goes into your `train`.

# %%
# --8<-- "snippets/fashion_mnist_project/trial.py:trial"

# %% [markdown]
# ## The menu
#
# You know all of these tools. Which of them help here is for you to find out. For what
# to ask of each, see “The menu” in Fashion-MNIST Project.
#
# - **width, depth**: a bigger net fits more, takes longer and may overfit (2.1.3)
# - **[optimizer](https://docs.pytorch.org/docs/stable/optim.html), learning rate**: how
#   fast training goes, and how far it gets (1.3.5)
# - **a schedule**: big steps first, small steps at the end (“When the learning rate is
#   lost” in Saving and Loading)
# - **[batch norm](https://docs.pytorch.org/docs/stable/generated/torch.nn.BatchNorm1d.html)**:
#   allows higher learning rates (1.3.6)
# - **[dropout](https://docs.pytorch.org/docs/stable/generated/torch.nn.Dropout.html),
#   weight decay**: against overfitting (1.3.7)
# - **[label smoothing](https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.cross_entropy.html)**:
#   the net is taught to be a little less sure (“An experiment log” in Fashion-MNIST
#   Project)
# - **changed images**: flipped or shifted ones give the net more to learn from (2.2.1)
# - **early stopping**: no wasted epochs (“The best model, and when to stop” in Saving
#   and Loading)
# - **a copy of the best weights**: without a copy, they change as training goes on
#   (“Keeping the best weights in a variable” in Saving and Loading)
# - **a checkpoint**: resume after an interruption (“The checkpoint” and “What may be in
#   it” in Saving and Loading)
# - **the device**: the same code with and without a GPU (“What else has to move” in GPU
#   Training)
# - **images as tensors, bigger batches**: more images a second (“Where the time goes”
#   in GPU Training)
# - **mixed precision**: can speed up wide nets on a GPU (“Mixed precision in the loop”
#   and “The scaler in the checkpoint” in GPU Training)
# - **the whole loop**: a pattern to start from (“One loop to carry away” in GPU
#   Training)
# - **the checklist**: is it a bug, or a limit? (2.2.3, and “Stuck is not broken” in
#   Fashion-MNIST Project)
