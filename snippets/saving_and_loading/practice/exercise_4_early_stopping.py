# %% tags=["file-only"]
"""Lesson 1, exercise 4: early stopping whose best model survives a restart."""

import copy

import torch

from snippets.saving_and_loading.checkpoint import (
    Path,
    load_checkpoint,
    save_checkpoint,
)
from snippets.saving_and_loading.loop import accuracy, train_epoch
from snippets.saving_and_loading.model import Net
from snippets.saving_and_loading.practice.intro import (
    alike,
    epoch_of,
    images,
    is_number,
    labels,
    look_at_harm,
    look_at_names,
    look_at_optimizer,
    look_at_saves,
    told,
    val_images,
    val_labels,
    watch,
)

# %% [markdown]
# ## Exercise 4: early stopping that survives a restart (independent)
#
# Write `train_until_worse(path, epochs=40, patience=3)`:
#
# - It calls `torch.manual_seed(0)`, makes a `Net()`, and then
#   `torch.optim.Adam(net.parameters(), lr=0.01)`.
# - Each epoch has four steps, in this order: **train** with `train_epoch` on
#   `images[:1000]` and `labels[:1000]`; get the **score**,
#   `accuracy(net, val_images, val_labels)`; **save** one checkpoint; **stop** if it is
#   time to.
# - An epoch is better if its score is higher than every score before. An equal score is
#   not better.
# - It is time to stop when `epochs` epochs have been trained in all, or when the last
#   `patience` epochs in a row were not better.
# - The checkpoint is a dict, saved to `path` with `save_checkpoint`. It holds `"model"`
#   (the weights as they are now), `"epoch"` (how many epochs are finished), `"best"`
#   (the highest score so far), `"bad_epochs"` (how many epochs in a row were not better
#   up to now), `"best_model"` (the state_dict that got the highest score), and whatever
#   else an exact restart needs.
# - Called with a `path` that exists, it goes on from that checkpoint, and ends exactly
#   as if it had never been interrupted. If it is already time to stop, it trains
#   nothing.
# - In the end it returns a network with the best weights.


# %%
def train_until_worse(path, epochs=40, patience=3):
    """Train with early stopping, or go on from `path`; returns the best network."""
    # solution:start
    #: Your turn: everything.
    torch.manual_seed(0)
    net = Net()
    optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
    epoch, best, bad_epochs, best_model = 0, 0.0, 0, None
    if Path(path).exists():
        checkpoint = load_checkpoint(path)
        net.load_state_dict(checkpoint["model"])
        optimizer.load_state_dict(checkpoint["optimizer"])
        torch.set_rng_state(checkpoint["rng"])
        epoch, best = checkpoint["epoch"], checkpoint["best"]
        bad_epochs, best_model = checkpoint["bad_epochs"], checkpoint["best_model"]
    while epoch < epochs and bad_epochs < patience:
        train_epoch(net, optimizer, images[:1000], labels[:1000])
        epoch += 1
        score = accuracy(net, val_images, val_labels)
        if score > best:
            best, bad_epochs = score, 0
            best_model = copy.deepcopy(net.state_dict())
        else:
            bad_epochs += 1
        state = {
            "model": net.state_dict(),
            "optimizer": optimizer.state_dict(),
            "rng": torch.get_rng_state(),
            "epoch": epoch,
            "best": best,
            "bad_epochs": bad_epochs,
            "best_model": best_model,
        }
        save_checkpoint(path, state)
    net.load_state_dict(best_model)
    return net
    # solution:end


# %% [markdown]
# The check calls `train_until_worse` many times, also with checkpoints of an earlier
# call. Meanwhile `accuracy` returns made-up scores, which fall and rise again. Then it
# counts the epochs, and looks at all that was saved, put back and returned.

# %% tags=["check"]
# @title Check: exercise 4
look_at_names(globals(), "train_until_worse")
# Epoch 2 is the best for a while, and then, by very little, epoch 5. Epochs 4 and 7
# equal the best.
scores = [51.5, 60.5, 55.0, 60.5, 60.5625, 55.0, 60.5625, 58.5]
bad_epochs = [0, 0, 1, 2, 0, 1, 2, 3]
best_epoch = [1, 2, 2, 2, 5, 5, 5, 5]


def look_at_counts(run):
    """Fail unless each checkpoint of a run holds the right counts and best weights."""
    look_at_saves(run, ["model", "epoch", "best", "bad_epochs", "best_model"])
    for number, epoch in enumerate(run.epochs, start=run.start + 1):
        state, best, bad = epoch.state, best_epoch[number - 1], bad_epochs[number - 1]
        just_back = number == run.start + 1 > 1
        so_far = f"After epoch {number}, with the scores {scores[:number]},"
        advice = "save the highest score so far"
        assert is_number(state["best"], scores[best - 1]), told(
            run,
            f"{so_far} the saved 'best' is {state['best']!r} instead of "
            f"{scores[best - 1]}: {'put it back' if just_back else advice}.",
        )
        advice = (
            "a better epoch sets it to 0"
            if bad == 0
            else "only a score higher than every one before is better"
            if is_number(state["bad_epochs"], 0)
            else "count the epochs since the best one"
        )
        assert is_number(state["bad_epochs"], bad), told(
            run,
            f"{so_far} the saved 'bad_epochs' is {state['bad_epochs']!r} instead of "
            f"{bad}: {'put it back' if just_back and bad > 1 else advice}.",
        )
        part, whole_part = state["best_model"], epoch.after["model"]
        assert isinstance(part, dict) and part.keys() == whole_part.keys(), told(
            run,
            f"After epoch {number} the saved 'best_model' is not what net.state_dict() "
            f"returns: {'put it back' if just_back else 'save a deep copy of that'}.",
        )
        held = epoch_of(part, run)
        advice = "a state_dict changes as its network trains, so keep a deep copy"
        assert held == best, told(
            run,
            f"{so_far} the saved 'best_model' is that of "
            f"{f'epoch {held}' if held else 'no epoch'} instead of epoch {best}: "
            f"{'put it back' if just_back and held is None else advice}.",
        )


def look_at_end(run, patience=3, epochs=40):
    """Fail unless a run stopped when it was time to, and returned the best network."""
    look_at_harm(run)
    last = len(run.past)
    called = f"With patience={patience} and epochs={epochs}, and the scores"
    done = bad_epochs[last - 1] >= patience or last >= epochs
    assert done, told(
        run,
        f"{called} {scores[:last]}, it stopped after epoch {last}: it should go on, "
        f"because only {bad_epochs[last - 1]} in a row were not better.",
    )
    beyond = bad_epochs[last - 1] > patience or last > epochs
    assert run.ended, told(
        run,
        f"{called} {scores[:last]}, it trained on after epoch {last}: "
        "ask before each epoch whether it is time to stop"
        f"{', with < or >=, for a count may be beyond its limit' if beyond else ''}.",
    )
    assert isinstance(run.result, Net), told(
        run,
        f"It returned an object of type {type(run.result).__name__}: "
        "return a network with the best weights.",
    )
    held, best = epoch_of(run.result.state_dict(), run), best_epoch[last - 1]
    assert held == best, told(
        run,
        "The returned network has the weights of "
        f"{f'epoch {held}' if held else 'no epoch'} instead of epoch {best}: "
        "load the best weights into it before you return it.",
    )


def begin(path, most, **options):
    """Watch a new run."""
    Path(path).unlink(missing_ok=True)  # nothing may be left of an earlier try
    run = watch(globals(), train_until_worse, path, most, scores, **options)
    assert run.epochs, (
        "It never called train_epoch by that name: call train_epoch(net, optimizer, "
        "images[:1000], labels[:1000]) in each epoch."
    )
    return run


whole = begin("whole.pt", most=8)
torch.manual_seed(0)
new = Net()
assert alike(whole.epochs[0].before["model"], new.state_dict()), (
    "Its network does not begin with the weights that Net() gives after "
    "torch.manual_seed(0): set the seed, and then make the network."
)
look_at_optimizer(whole)
groups = torch.optim.Adam(new.parameters(), lr=0.01).state_dict()["param_groups"]
for epoch in whole.epochs:
    kind, mine = type(epoch.optimizer), epoch.before["optimizer"]["param_groups"]
    odd = [f"{k}={v!r}" for k, v in mine[0].items() if v != groups[0].get(k)]
    assert kind is torch.optim.Adam and alike(mine, groups), (
        f"Its optimizer is {kind.__name__} with {', '.join(odd) or 'other settings'}: "
        "make it with torch.optim.Adam(net.parameters(), lr=0.01)."
    )
    given, batch_size = epoch.data[:2], epoch.data[2]
    assert alike(given, [images[:1000], labels[:1000]]) and batch_size == 100, (
        f"It called train_epoch with {len(given[0])} images, {len(given[1])} labels "
        f"and batch_size={batch_size}: give it images[:1000], labels[:1000] and no "
        "batch size."
    )
assert whole.scored, (
    "It never called accuracy(net, val_images, val_labels) by that name: call it so "
    "after each train_epoch."
)
look_at_counts(whole)
look_at_end(whole)

# With other options.
for options in ({"patience": 2}, {"epochs": 3}):
    short = begin("short.pt", most=4 if "patience" in options else 3, **options)
    look_at_counts(short)
    look_at_end(short, **options)

# Started again from the checkpoint of an epoch, as if the run had died after it.
for done in (7, 2, 8):
    state = whole.epochs[done - 1].state
    save_checkpoint("cut.pt", state)
    past = whole.past[:done]
    again = watch(globals(), train_until_worse, "cut.pt", 8 - done, scores, past)
    if again.epochs:
        first, expected = again.epochs[0].before, whole.epochs[done].before
        assert not alike(first["model"], new.state_dict()), told(
            again,
            "It trained a new network: load the file at `path`, and put 'model' back "
            "into the network.",
        )
        held = epoch_of(first["model"], again)
        assert alike(first["model"], expected["model"]), told(
            again,
            "The network that it trains has the weights of "
            f"{f'epoch {held}' if held else 'no epoch'}: put 'model' back into it.",
        )
        look_at_optimizer(again)
        assert alike(first["optimizer"], expected["optimizer"]), told(
            again,
            "The optimizer is not in the state that it had then: save "
            "optimizer.state_dict() in each epoch, and put it back.",
        )
        assert alike(first["rng"], expected["rng"]), told(
            again,
            "It draws other random numbers than the run that was not interrupted: save "
            "torch.get_rng_state() in each epoch, and put it back before the next one.",
        )
        look_at_counts(again)
    look_at_end(again)

# Started again with other options than before.
for done, most, options in (
    (2, 1, {"epochs": 3}),
    (3, 0, {"epochs": 3}),
    (5, 0, {"epochs": 3}),
    (4, 0, {"patience": 2}),
    (8, 0, {"patience": 2}),
):
    save_checkpoint("cut.pt", whole.epochs[done - 1].state)
    past = whole.past[:done]
    again = watch(globals(), train_until_worse, "cut.pt", most, scores, past, **options)
    look_at_end(again, **options)
again = watch(globals(), train_until_worse, "short.pt", 1, scores, short.past, epochs=4)
look_at_end(again, epochs=4)
print("Exercise 4: passed")

# %% [markdown] tags=["solution"]
# **Why.** Two models are in the checkpoint: the last one, to go on from, and the
# best one, to use. The best score and `bad_epochs` decide what happens to them; a
# restart without them takes its first epoch for the best there ever was. Everything
# stands in one file, so no crash can leave a best model beside a score that is not its
# own. And because the loop asks `bad_epochs < patience` before it trains, starting a
# finished run again changes nothing.
