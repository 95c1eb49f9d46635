# %% tags=["file-only"]
"""The project: the starter notebook, and with its solutions the reference notebook."""

from snippets.fashion_mnist_project.baseline_run import baseline
from snippets.fashion_mnist_project.checkpoint import torch
from snippets.fashion_mnist_project.checks import check
from snippets.fashion_mnist_project.data import CLASSES, load_images, load_training
from snippets.fashion_mnist_project.grade import BARS, grade
from snippets.fashion_mnist_project.guess import guess
from snippets.fashion_mnist_project.predict import Path, write_predictions
from snippets.fashion_mnist_project.read import read_predictions
from snippets.fashion_mnist_project.reference import GOOD, make_net, train
from snippets.fashion_mnist_project.rehearsal import Rehearsal
from snippets.fashion_mnist_project.report import (
    check_explained,
    check_final,
    check_reported,
)

# %% [markdown]
# # Project: Fashion-MNIST
#
# You choose the net, the learning rate schedule and the regularisation. You get the
# data, a baseline to beat, the grader and the checks. When you have finished, you hand
# in a file with your predictions for the 10,000 test images.
#
# **What your submission has to do**
#
# - Train a fully connected net, on whatever device is available.
# - Resume from its checkpoint after an interruption, and make the same predictions as a
#   run that was never interrupted.
# - Keep the weights that score best on the validation images.
# - Open the test set once, at the end.
# - Come with a report: the test accuracy, and an explanation of one confusion.
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
def show_grade(guesses, labels, images="test"):
    """Print the grade of a list of guesses, given the true labels; returns it."""
    report = grade(guesses, labels)
    print(f"{images} accuracy: {report['accuracy']:.2f} %")
    print(f"95 % interval: {report['low']:.2f} to {report['high']:.2f} %")
    if report["hint"]:
        print(report["hint"])
    for name, accuracy in zip(CLASSES, report["per_class"], strict=True):
        print(f"{name}: {accuracy:.1f} %")
    pairs = [
        (count, CLASSES[label], CLASSES[other])
        for label, row in enumerate(report["confusion"])
        for other, count in enumerate(row)
        if label != other
    ]
    for count, label, other in sorted(pairs, reverse=True)[:3]:
        print(f"{label} taken for {other}: {count} images")
    return report


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
# ## Given: the checks
#
# Run these cells; you need not read them, so they are folded. They call your `train` on
# a tenth of the images, and note what it does and what is in each checkpoint. Then they
# go through a table of what may be wrong: how it is seen, what to do, where to read
# more.

# %%
# @title For the checks: a run, and what is noted of it
# --8<-- "snippets/fashion_mnist_project/rehearsal.py:run"

# %%
# @title For the checks: the runs of a rehearsal
# --8<-- "snippets/fashion_mnist_project/rehearsal.py:rehearse"

# %%
# @title For the checks: how a mistake is seen
# --8<-- "snippets/fashion_mnist_project/checks.py:seen"

# %%
# @title For the checks: the table of what may be wrong
# --8<-- "snippets/fashion_mnist_project/checks.py:table"

# %%
# @title For the checks: the loop over the table
# --8<-- "snippets/fashion_mnist_project/checks.py:loop"

# %%
# @title For the checks: the final run and the report
# --8<-- "snippets/fashion_mnist_project/report.py:report"

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
#   (“Keeping the best weights” in Saving and Loading)
# - **a checkpoint**: resume after an interruption (“The checkpoint” and “What may be in
#   it” in Saving and Loading)
# - **any device**: the same code with and without a GPU (“What else has to move” in GPU
#   Training)
# - **images as tensors, bigger batches**: more images a second (“Where the time goes”
#   in GPU Training)
# - **mixed precision**: can speed up wide nets on a GPU (“Mixed precision in the loop”
#   and “The scaler in the checkpoint” in GPU Training)
# - **the whole loop**: a pattern to start from (“One loop to carry away” in GPU
#   Training)
# - **the checklist**: is it a bug, or a limit? (2.2.3, and “Stuck is not broken” in
#   Fashion-MNIST Project)

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
#> def make_net():
#>     """A fully connected net: images (batch, 784) in, logits (batch, 10) out."""
#>     # Your turn: build it, and return it.
#>
#>
#> def train(data, checkpoint_path, on_step=None):
#>     """Train, or go on from the checkpoint; returns predictions, (10000,)."""
#>     images, labels, val_images, val_labels = data
#>     # Your turn: what it has to do is listed above.
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
# The next cell runs `train` once, with a new checkpoint, on a tenth of the images. Run
# it again after each change of `train` or `make_net`, before you run a check. The
# second check interrupts it in the middle of an epoch and calls it again. The last one
# interrupts it too, with other labels for the validation images, so that an early epoch
# scores best, and then calls it without `on_step`. All checks together take about four
# times as long as the first run. With so few images the accuracy is low; that does not
# matter here.

# %%
rehearsal = Rehearsal(train, make_net, load_training())
print("optimizer steps in rehearsal:", rehearsal.whole.total)

# %% tags=["check"]
check("checkpoint", rehearsal)

# %% tags=["check"]
check("resumed", rehearsal)

# %% tags=["check"]
check("chosen", rehearsal)

# %% tags=["check"]
check("best", rehearsal)

# %% [markdown]
# ## Your experiments
#
# Write one line for each experiment, including those that fail. Change one thing at a
# time. Compare by validation accuracy, never by the test set: `train` predicts at its
# end, but do not grade the predictions of an experiment. Measure training accuracy in
# eval mode, and take both accuracies from the epoch with the best validation. For an
# example, see “An experiment log” in Fashion-MNIST Project.
#
# | No. | Change | Expected, why | Seeds | Training | Validation | Seconds | Result |
# |---|---|---|---|---|---|---|---|
# | 0 | nothing: the baseline | | 0 | | | | |
# | 1 | | | | | | | |
# | 2 | | | | | | | |
# | 3 | | | | | | | |

# %%
# solution:start
#: Your turn: your experiments. Give each a checkpoint of its own, so that it can
#: resume after an interruption and you can look at its log later.
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

# %% [markdown]
# ## The final run
#
# All choices are made. Train once more, on all training images: `REHEARSAL = False`.

# %%
# solution:start
#: Your turn: the file for the checkpoint of your final run.
#> final = "final.pt"
final = "good.pt"  # it was trained above, so there is nothing left to train
# solution:end
predictions = train(load_training(), final)

# %% tags=["check"]
check_final(final, rehearsal.whole)

# %% [markdown]
# ## Hand it in
#
# The first cell writes `predictions.csv`, the file to hand in: see “The grader” in
# Fashion-MNIST Project. The second cell gives the same grade here.

# %%
if predictions is not None:  # train is written
    write_predictions(predictions, "predictions.csv")
print("predictions.csv is there:", Path("predictions.csv").exists())

# %%
if Path("predictions.csv").exists():
    _, labels = load_images(train=False)
    report = show_grade(read_predictions("predictions.csv"), labels.tolist())
    print("bar reached:", report["bar"] or "none", "of", BARS)

# %% [markdown]
# ## Your report
#
# Report your test accuracy, in percent with two decimals. Then explain one confusion in
# 15 words or more: name two classes that your net mixes up. What do their images have
# in common? What can the net not see, and why?

# %%
# solution:start
#> reported = None
#> explanation = ""
#: Your turn: a number, and a text.
reported = round(report["accuracy"], 2)
explanation = """
Shirt is often taken for T-shirt/top. Both are a torso with two sleeves, and at 28 by 28
pixels the collar and the buttons that tell them apart are one or two pixels wide. A
fully connected net has no idea which pixels are neighbours, so such small details are
hard for it to find wherever they are.
"""
# solution:end

# %% tags=["check"]
check_reported(reported)

# %% tags=["check"]
check_explained(explanation)
