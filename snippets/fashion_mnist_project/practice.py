# %% tags=["file-only"]
"""The project: the starter notebook, and with its solutions the reference notebook."""

from snippets.fashion_mnist_project.baseline_run import baseline
from snippets.fashion_mnist_project.checkpoint import torch
from snippets.fashion_mnist_project.checks import (
    check_checkpoint,
    check_chosen,
    check_resumed,
)
from snippets.fashion_mnist_project.data import CLASSES, load_images, load_training
from snippets.fashion_mnist_project.early_best import check_best
from snippets.fashion_mnist_project.grade import BARS, grade
from snippets.fashion_mnist_project.guess import guess
from snippets.fashion_mnist_project.predict import Path, write_predictions
from snippets.fashion_mnist_project.read import read_predictions
from snippets.fashion_mnist_project.reference import GOOD, make_net, train
from snippets.fashion_mnist_project.rehearsal import rehearse
from snippets.fashion_mnist_project.report import (
    check_explained,
    check_final,
    check_reported,
)

# %% [markdown]
# # Project: Fashion-MNIST
#
# You choose the net, the schedule and the regularisation. Given are the data, a
# baseline to beat, the judge and the checks. When you have finished, you hand in a file
# with your predictions for the 10,000 test images.
#
# **What your submission has to do**
#
# - Train a fully connected net, on whatever device there is.
# - Go on from its checkpoint after an interruption, and end with the same predictions.
# - Keep the weights that are best on the validation images.
# - Open the test set once, at the end.
# - Come with a report: its accuracy, and one confusion explained.
#
# **The rules.** Every choice is made on the validation images. Change one thing at a
# time, note it in the log, and repeat with other seeds what looks like a small gain.
#
# Run the cells from the top. A check stops with a sentence that says what is wrong and
# where to look, or prints `passed`.

# %% [markdown]
# ## Given: data, net and checkpoint
#
# The cells of the project's page, unchanged. `REHEARSAL = True` trains on a tenth of
# the images: set it in a cell of its own to try your code in seconds, and set it back
# to `False` for each run that counts.

# %%
# --8<-- "snippets/fashion_mnist_project/data.py:data"

# %%
# --8<-- "snippets/fashion_mnist_project/net.py:net"

# %%
# --8<-- "snippets/fashion_mnist_project/checkpoint.py:checkpoint"

# %% [markdown]
# `resume` and `snapshot` take `settings`: a dict of all that makes it another run, so
# that two runs cannot mix in one file. That is what your recipe consists of, the seed,
# and the number of images, because a rehearsal has fewer. Where a schedule is planned
# for so many epochs, their number belongs into it too; the path and the device do not.

# %% [markdown]
# ## Given: the baseline
#
# It trains once, and is then in its checkpoint. Read `train_baseline` as a pattern: it
# resumes, it chooses on validation, and it calls `on_step`.

# %%
# --8<-- "snippets/fashion_mnist_project/baseline.py:train"

# %%
# --8<-- "snippets/fashion_mnist_project/baseline_run.py:run"

# %% [markdown]
# ## Given: the judge
#
# `predict` opens the test set, which stays closed until your final run; `guess` does
# the same for any images. The judge reads a file of predictions, and grades it as the
# page does. `BARS` are the three bars that you can reach.

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
    """Print the grade of guesses, given two lists; returns it."""
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
# What the baseline confuses, on the 5,000 validation images:

# %%
_, _, val_images, val_labels = load_training()
guesses = guess(baseline, val_images)
baseline_report = show_grade(guesses.tolist(), val_labels.tolist(), "validation")

# %% [markdown]
# ## Given: a trial
#
# For a quick question. `trial` trains one net by one recipe, keeps no checkpoint and
# never opens the test set; the page uses it in “An experiment log”. What it answers,
# your `train` does in earnest.

# %%
# --8<-- "snippets/fashion_mnist_project/trial.py:trial"

# %% [markdown]
# ## Given: the checks
#
# You need not read these cells. They call your `train` on a tenth of the images, note
# what it does and what is in each of its checkpoints, and say what is wrong.

# %%
# --8<-- "snippets/fashion_mnist_project/rehearsal.py:rehearse"

# %%
# --8<-- "snippets/fashion_mnist_project/checks.py:checkpoint"

# %%
# --8<-- "snippets/fashion_mnist_project/checks.py:resumed"

# %%
# --8<-- "snippets/fashion_mnist_project/checks.py:chosen"

# %%
# --8<-- "snippets/fashion_mnist_project/early_best.py:best"

# %%
# --8<-- "snippets/fashion_mnist_project/report.py:report"

# %% [markdown]
# ## The menu
#
# You own all of these tools. Which of them help here is for you to find out. The page
# of the project says more on each: “The menu” in Fashion-MNIST Project.
#
# - **width, depth**: fits more, costs time, may overfit (2.1.3, nn.Module)
# - **optimizer, learning rate**: how fast, and how far (1.3.5, optimizers)
# - **a schedule**: fast first, exact later (“When the learning rate is lost” in Saving
#   and Loading)
# - **batch norm**: stands higher learning rates (1.3.6, batch norm)
# - **dropout, weight decay**: less overfitting (1.3.7, overfitting)
# - **changed images**: flipped or shifted, there is more to learn from (2.2.1, data
#   sets)
# - **early stopping**: no wasted epochs (“The best model, and when to stop” in Saving
#   and Loading)
# - **a copy of the best weights**: they change under you (“Keeping the best weights” in
#   Saving and Loading)
# - **a checkpoint**: go on after an interruption (“The checkpoint” and “What may be in
#   it” in Saving and Loading)
# - **any device**: the same code with and without a GPU (“What else has to move” in GPU
#   Training)
# - **images as tensors, bigger batches**: more images in a second (“Where the time
#   goes” in GPU Training)
# - **mixed precision**: wide nets on a GPU (“Mixed precision in the loop” and “The
#   scaler in the checkpoint” in GPU Training)
# - **the whole loop**: a pattern to begin with (“One loop to carry away” in GPU
#   Training)
# - **the checklist**: is it a bug, or a limit? (2.2.3, and “Stuck is not broken” in
#   Fashion-MNIST Project)

# %% [markdown]
# ## Your net and your training
#
# Write `make_net` and `train`. Take from the baseline what you can use: `resume`,
# `snapshot`, `save`, `evaluate` and `train_step` are there for you.
#
# `train(checkpoint_path, on_step=None)`:
#
# - trains a net from `make_net()`, or goes on from the checkpoint at that path; its
#   images are those that `load_training()` returns, called in `train`;
# - calls `on_step(n)`, if there is one, after each optimizer step; `n` is the number of
#   steps so far, and a resumed run goes on counting; an exception from it ends the run;
# - measures validation after each epoch, and keeps a copy of the best weights;
# - saves a checkpoint after each epoch, at least with `"step"`, `"best_model"` (a
#   state_dict), `"best_accuracy"` (of validation, a number in percent) and `"log"`: a
#   list with an entry an epoch, and its validation accuracy in
#   `entry["val"]["accuracy"]`, in percent too;
# - returns `predict(net)` with the best weights: a tensor (10000,) of class numbers.

# %%
# solution:start
#> def make_net():
#>     """A fully connected net: images (batch, 784) in, logits (batch, 10) out."""
#>     # Your turn: build it, and return it.
#>
#>
#> def train(checkpoint_path, on_step=None):
#>     """Train, or go on from the checkpoint; returns predictions, (10000,)."""
#>     # Your turn: what it has to do stands above.
# --8<-- "snippets/fashion_mnist_project/reference.py:recipes"


# --8<-- "snippets/fashion_mnist_project/reference.py:net"


# --8<-- "snippets/fashion_mnist_project/reference.py:tools"


# --8<-- "snippets/fashion_mnist_project/reference.py:train"
# solution:end

# %% [markdown] tags=["solution"]
# **Why so.** Epoch and seed give the order of the images, and everything else that a
# step depends on is in the checkpoint: weights, the optimizer's averages, the schedule,
# the scaler, the state of the random numbers. So a resumed run does the steps that it
# would have done anyway. The best weights are copied, because a state_dict follows
# training. And `predict` is called in the last line, when nothing is left to choose.

# %% [markdown]
# ## The checks of your training
#
# The next cell runs `train` once, with a new checkpoint, on a tenth of the images. The
# second check interrupts it in the middle of an epoch and calls it again. The last one
# does so once more, with labels for the validation images by which an early epoch is
# the best, and without `on_step`. Together they take about four times as long as the
# first run. What it reaches so is low, and does not matter.

# %%
whole = rehearse(train)
print("optimizer steps in rehearsal:", len(whole["steps"]))

# %% tags=["check"]
check_checkpoint(whole, make_net)

# %% tags=["check"]
check_resumed(train, whole)

# %% tags=["check"]
check_chosen(whole, make_net)

# %% tags=["check"]
check_best(train, whole, make_net)

# %% [markdown]
# ## Your experiments
#
# One line an experiment, also for those that failed. Change one thing at a time. Judge
# by the validation images, never by the test set: `train` predicts at its end, and what
# an experiment predicted you do not grade. Training accuracy is measured in eval mode.
# Both accuracies are of the epoch that is best in validation. How a log can look: “An
# experiment log” in Fashion-MNIST Project.
#
# | No. | One change | Expected, why | Seeds | Training | Validation | Seconds | So |
# |---|---|---|---|---|---|---|---|
# | 0 | nothing: the baseline | | 0 | | | | |
# | 1 | | | | | | | |
# | 2 | | | | | | | |
# | 3 | | | | | | | |

# %%
# solution:start
#: Your turn: your experiments. Each has a checkpoint of its own, so it can go on
#: after an interruption, and you can look at its log later.
experiments = {"good": GOOD, "without flips": GOOD | {"flip": False}}
for name, recipe in experiments.items():
    train(f"{name}.pt", recipe=recipe)  # its predictions are not graded
    state = torch.load(f"{name}.pt", weights_only=True, map_location="cpu")
    print(f"{name}: {state['best_accuracy']:.2f} % of the validation images")
# solution:end

# %% [markdown] tags=["solution"]
# **Why so.** Two recipes that differ in one thing, compared on the validation images.
# One run each cannot settle a small difference: “An experiment log” in Fashion-MNIST
# Project shows a gain over several seeds, next to their spread.

# %% [markdown]
# ## The final run
#
# All choices are made. One run, on all images to train on, with `REHEARSAL = False`.

# %%
# solution:start
#: Your turn: the same call for your final run, perhaps with another name of the file.
#> final = "final.pt"
final = "good.pt"  # it has been trained above: nothing is left to do
# solution:end
predictions = train(final)

# %% tags=["check"]
check_final(final, whole)

# %% [markdown]
# ## Hand it in
#
# The first cell writes `predictions.csv`, which the page grades too: “The grader” in
# Fashion-MNIST Project. The second gives the same grade here.

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
# The test accuracy that you report, in percent with two decimals; and one confusion:
# two classes that your net mixes up, in 15 words or more. What do their images share?
# What can the net not see, and why?

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
