"""The checks of a submission: a table of what may be wrong, and the loop over it."""

from snippets.fashion_mnist_project.baseline import evaluate
from snippets.fashion_mnist_project.checkpoint import torch
from snippets.fashion_mnist_project.net import device
from snippets.fashion_mnist_project.predict import predict
from snippets.fashion_mnist_project.rehearsal import accuracies_in, best_net

# The sections import what their notebook newly needs:
# isort: split
# --8<-- [start:seen]
import re
import textwrap

# Each function returns what a sentence of the table shows, or nothing if all is well.


def other_than_classes(run):
    """What train returned, unless it is a class number for each test image."""
    given = run.predictions
    if not isinstance(given, torch.Tensor):
        return f"a {type(given).__name__}"
    if given.shape != (10000,) or given.is_floating_point():
        return f"a tensor {tuple(given.shape)} of {given.dtype}"
    low, high = int(given.min()), int(given.max())
    return f"numbers from {low} to {high}" if low < 0 or high > 9 else None


def wrong_key(run):
    """What a checkpoint has to hold and does not, or not of its kind."""
    kinds = {"step": int, "best_model": dict, "best_accuracy": (int, float)}
    for state in run.states:
        for key, kind in (kinds | {"log": list}).items():
            if not isinstance(state.get(key), kind):
                has = f"a {type(state[key]).__name__}" if key in state else "missing"
                return f"'{key}' is {has}"


def log_entries(run):
    """(number from 1, entry) of each checkpoint's log."""
    for state in run.states:
        yield from enumerate(state["log"], start=1)


def no_accuracy(run):
    """The number of an entry of a log that has no validation accuracy."""
    numbers = (n for n, entry in log_entries(run) if not accuracies_in([entry]))
    return next(numbers, None)


def no_number(run):
    """An entry of a log, and its validation accuracy that is no number in percent."""
    for number, entry in log_entries(run):
        (given,) = accuracies_in([entry])
        if not (isinstance(given, (int, float)) and 0 <= given <= 100):
            return number, given


def fraction(run):
    """The best accuracy of a log, where it is no percentage; and what it would be."""
    for state in after_epochs(run):
        best = max(accuracies_in(state["log"]))
        if best <= 1:
            return best, 100 * best


def after_epochs(run):
    """The checkpoints that were saved after an epoch, not before the first one."""
    return [state for state in run.states if state["log"]]


def does_not_load(run):
    """The error with which the best weights do not load into the net, or do not fit."""
    try:
        for state in after_epochs(run):
            best_net(state, run.make_net)(torch.zeros(2, 784))
    except Exception as error:
        return error


class Called(torch.overrides.TorchFunctionMode):
    """Meanwhile, the names of torch's functions that are called go into `names`."""

    def __init__(self):
        super().__init__()
        self.names = set()

    def __torch_function__(self, function, types, args=(), kwargs=None):
        self.names.add(getattr(function, "__name__", ""))
        return function(*args, **(kwargs or {}))


def against_the_rules(run):
    """A function that the net calls and that no fully connected net needs."""
    with Called() as called:
        for state in after_epochs(run)[:1]:
            best_net(state, run.make_net)(torch.zeros(2, 784))
    others = "conv|unfold|pool|fft|rnn|lstm|gru|attention|transformer"
    return next((n for n in sorted(called.names) if re.search(others, n)), None)


def miscounted(run):
    """The first call of on_step that did not get its own number, and what it got."""
    return next((n for n in enumerate(run.steps, start=1) if len({*n}) > 1), None)


def other_step_saved(run):
    """The last checkpoint's 'step', where it is not the number of steps."""
    saved = run.state.get("step") if run.accuracies else run.total
    return [saved] if saved != run.total else None


def epoch_not_saved(run):
    """The first length of the log that no checkpoint has, as far as on_step was called.

    on_step is where checkpoints are seen.
    """
    saved = {len(state["log"]) for state in run.states}
    missing = (n for n in range(1, run.epochs + 1) if n not in saved)
    return next(missing, None) if run.total >= run.epochs else None


def other_accuracy(run):
    """Epoch, 'best_accuracy' and the best of the log, where the two differ."""
    for state in after_epochs(run):
        said, best = state["best_accuracy"], max(accuracies_in(state["log"]))
        if abs(said - best) >= 1e-6:
            return len(state["log"]), said, best


def other_weights(run):
    """Epoch, best accuracy, and what 'best_model' reaches, where it is another."""
    before = None
    for state in after_epochs(run):
        if same_weights(before, state["best_model"]):
            continue
        before, best = state["best_model"], max(accuracies_in(state["log"]))
        net = best_net(state, run.make_net).to(device)
        reached = evaluate(net, *run.data[2:])["accuracy"]
        if abs(reached - best) > 0.1:
            return len(state["log"]), best, reached


def same_weights(one, two):
    """Are two state_dicts equal, bit for bit?"""
    return (
        one is not None
        and one.keys() == two.keys()
        and all(torch.equal(one[name], two[name]) for name in one)
    )


def count_apart(one, two, allowed=10):
    """How many predictions differ, if more than are allowed."""
    different = int((one.cpu() != two.cpu()).sum())
    return different if different > allowed else None


def other_predictions(run):
    """For how many images train does not predict what 'best_model' does."""
    net = best_net(after_epochs(run)[-1], run.make_net).to(device)
    return count_apart(predict(net), run.predictions)


def other_steps(r):
    """First and last step of the second call, unless each is one more, to the end."""
    first, last = r.again.steps[0], r.again.steps[-1]
    expected = list(range(first, r.whole.total + 1))
    return (first, last) if r.again.steps != expected else None


def resumed_difference(r):
    """What an interrupted run does otherwise than one that nobody interrupts.

    A GPU may add in another order each time, so there it is not compared bit for bit.
    """
    different = count_apart(r.again.predictions, r.whole.predictions, allowed=0)
    if device.type == "cuda":
        return None
    if different:
        return f"predicts another class for {different:,} of 10,000 images"
    if r.again.accuracies != r.whole.accuracies:
        return "has other validation accuracies in its log"


def other_random_numbers(r):
    """The difference, and whose random numbers were in another state at that step."""
    first = r.again.steps[0]
    then, now = r.whole.random[first], r.again.random[1]
    used = [name for name in then if len({at[name] for at in r.whole.random}) > 1]
    names = [name for name in used if now[name] != then[name]]
    what = resumed_difference(r)
    return (what, " and ".join(names)) if what and names else None


def far_apart(r):
    """The validation accuracies of a resumed and an uninterrupted run, if not close.

    Of the test set it says nothing: its accuracy is for the grader, at the end.
    """
    two, one = r.again.best, r.whole.best
    return (two, one) if abs(two - one) > 0.4 else None


def measured_elsewhere(r):
    """A validation accuracy that other validation labels do not change."""
    log = accuracies_in(r.first["log"])
    number = log.index(max(log))  # the epoch that should be the best
    found, natural = r.relabelled.accuracies[number], r.whole.accuracies[number]
    moved = found != natural or abs(found - r.other_labels[1]) < 0.1
    return None if moved else [found]


def trained_on_validation(r):
    """Do other validation labels change the weights after the first epoch?"""
    weights = after_epochs(r.relabelled)[0]["best_model"]
    if device.type == "cpu":  # a GPU may round otherwise the next time
        return not same_weights(r.first["best_model"], weights)


def other_accuracy_late(r):
    """The first epoch that scores otherwise after a resume, and the two scores.

    A GPU may add in another order each time, so there it is not compared.
    """
    pairs = zip(r.unwatched.accuracies, r.relabelled.accuracies, strict=True)
    differ = ((n, *two) for n, two in enumerate(pairs, start=1) if len({*two}) > 1)
    return next(differ, None) if device.type == "cpu" else None


def other_classes(r):
    """How many predictions a second call changes, after an early epoch was the best."""
    return count_apart(r.unwatched.predictions, r.relabelled.predictions)


# --8<-- [end:seen]


# --8<-- [start:table]
# Where to read more
YOUR_TURN = "“Your turn” in Fashion-MNIST Project"
RULES = "“The rules” in Fashion-MNIST Project"
A_LOG = "“An experiment log” in Fashion-MNIST Project"
CHECKPOINT = "“The checkpoint” in Saving and Loading"
MAY_BE_IN_IT = "“What may be in it” in Saving and Loading"
WRONG_NET = "“Loading into the wrong net” in Saving and Loading"
TO_RESUME = "“Is the model enough to resume?” in Saving and Loading"
BEST_WEIGHTS = "“Keeping the best weights in a variable” in Saving and Loading"
BEST_MODEL = "“The best model, and when to stop” in Saving and Loading"
SCALER = "“The scaler in the checkpoint” in GPU Training"

# How it is seen, where to read more, what is said. `r` is a run, {found} what was seen,
# {said} the same as a line of text.
# fmt: off
ENDED = [
    (lambda r: r.error, YOUR_TURN,
     "{r.when} train stopped with {found.__class__.__name__}, “{said}”: call "
     'train(load_training(), "try.pt") in a cell of its own, read where'),
    (lambda r: r.predictions is None and not r.steps, YOUR_TURN,
     "{r.when} train did nothing and returned nothing: write it in the cell above"),
    (other_than_classes, YOUR_TURN,
     "{r.when} train returned {found} instead of a tensor (10000,) of whole "
     "numbers from 0 to 9, as predict(net) gives it"),
]
FILE = [
    (lambda r: not r.saved, CHECKPOINT,
     "train left no file at its `checkpoint_path`: save the checkpoint there after "
     "each epoch"),
    (lambda r: isinstance(r.state, Exception) and r.state, MAY_BE_IN_IT,
     "The checkpoint does not load with weights_only=True on a CPU "
     "({found.__class__.__name__}): put state_dicts, tensors, numbers and text in it, "
     "and no whole objects"),
]
KEPT = [
    (wrong_key, YOUR_TURN,
     "The checkpoint's {found}; it should hold at least a whole number 'step', a "
     "state_dict 'best_model', a number 'best_accuracy' and a list 'log' (.item() "
     "makes a number of a tensor)"),
]
LOG = [
    (no_accuracy, A_LOG,
     "Entry {found} of the checkpoint's 'log' has no accuracy at "
     'entry["val"]["accuracy"], in percent, of the validation images'),
    (no_number, A_LOG,
     "Entry {found[0]} of the checkpoint's 'log' has the accuracy {found[1]!r}: give "
     "a number from 0 to 100, no text and no tensor"),
    (fraction, A_LOG,
     "The highest accuracy in the checkpoint's 'log' is {found[0]:.4f}: give percent, "
     "such as {found[1]:.2f}"),
]
NOT_EMPTY = [
    (lambda r: not r.state["log"], A_LOG,
     "The checkpoint's 'log' is empty: append an entry after each epoch, before you "
     "save"),
]
LOGGED = [
    (lambda r: not r.accuracies, YOUR_TURN,
     "The checkpoint's 'log' holds no validation accuracies: append an entry after "
     "each epoch, with entry['val']['accuracy']"),
    *LOG,
]
NET = [
    (does_not_load, WRONG_NET,
     "The checkpoint's 'best_model' does not load into the net that make_net() "
     "returns, “{said}”: train that very net, and keep its state_dict()"),
    (against_the_rules, RULES,
     "The net that make_net() returns calls {found}: build it of fully connected "
     "layers alone, nn.Linear"),
]
STEPS = [
    (lambda r: not r.steps, YOUR_TURN,
     "train never called on_step: call on_step(step) after each optimizer step, if it "
     "is not None"),
    (miscounted, YOUR_TURN,
     "At its call number {found[0]} on_step was given {found[1]}: it should be given "
     "the number of optimizer steps since training began, 1, 2, 3, …"),
    (lambda r: 1 < r.total <= r.epochs, YOUR_TURN,
     "on_step was called {r.total} times in {r.epochs} epochs: call it after each "
     "optimizer step, in the loop over the batches, and if one batch holds all "
     "training images of the rehearsal, take smaller ones"),
    (other_step_saved, CHECKPOINT,
     "After {r.total} optimizer steps the last checkpoint's 'step' is {found[0]}: it "
     "should be what on_step got last, so save a checkpoint after each epoch, the best "
     "or not, also before you stop early, and put that number in it"),
]
DATA = [
    (lambda r: r.loaded, RULES,
     "train opened the training images itself: take all images from `data`, its first "
     "argument, and split them in no other way"),
    (lambda r: [done for done in r.opened if done < r.total], RULES,
     "The test set was opened after step {found[0]} of {r.total}: choose on the "
     "validation images, open the test set once, after the last step"),
    (lambda r: [len(r.opened)] if len(r.opened) != 1 else None, RULES,
     "train opened the test set {found[0]} times instead of once: end it with "
     "predict(net), and use nothing of the test set before"),
]
BEST = [
    (other_accuracy, BEST_MODEL,
     "The checkpoint after epoch {found[0]} has the 'best_accuracy' {found[1]}, and "
     "the highest validation accuracy in its 'log' is {found[2]}: they should be "
     "equal, in percent"),
    (other_weights, BEST_WEIGHTS,
     "The checkpoint after epoch {found[0]} says 'best_accuracy' {found[1]:.2f}, and "
     "with its 'best_model' the net reaches {found[2]:.2f} % on the validation images "
     "of `data`: copy the weights when they are best, and measure on these, in eval "
     "mode"),
    (other_predictions, BEST_MODEL,
     "For {found:,} of 10,000 images train does not predict what 'best_model' does: "
     "load it into the net before predict(net)"),
]
EACH_EPOCH = [
    (epoch_not_saved, CHECKPOINT,
     "The last checkpoint's 'log' has {r.epochs} entries, and no checkpoint was saved "
     "with {found}: after each epoch, the best or not, append one entry and save a "
     "checkpoint, and begin each new run with an empty list"),
]
EACH_EPOCH_LATE = [
    (other_step_saved, CHECKPOINT,
     "With other labels of the validation images train ends after step {r.total}, and "
     "the last checkpoint's 'step' is {found[0]}: it should be what on_step got last, "
     "so save a checkpoint after each epoch, the best or not, also before you stop "
     "early, and put that number in it"),
    (epoch_not_saved, CHECKPOINT,
     "With other labels of the validation images the last checkpoint's 'log' has "
     "{r.epochs} entries, and no checkpoint was saved with {found}: append one entry "
     "and save a checkpoint after each epoch, the best or not, and begin each new run "
     "with an empty list"),
]

# From here on, `r` is a rehearsal
INTERRUPTED = [
    (lambda r: r.whole.epochs == 1, CHECKPOINT,
     "In rehearsal the checkpoint's 'log' ends with one entry, and before the first "
     "checkpoint there is nothing to go on from: train for two epochs or more, and "
     "after each append an entry and save"),
    (lambda r: r.cut.total < r.stop, CHECKPOINT,
     "Called with another path, train did {r.cut.total} steps instead of "
     "{r.whole.total}: keep what resuming needs in the file at `checkpoint_path`, and "
     "nothing in other files or globals"),
    (lambda r: not r.cut.error or r.cut.total > r.stop, YOUR_TURN,
     "on_step raised an exception at step {r.stop} and train did not end by it: let "
     "exceptions of on_step through, for they stand for a kill"),
]
AFTER = "Interrupted after step {r.stop} of {r.whole.total}, the second call"
RESUMED = [
    (lambda r: not r.again.steps, TO_RESUME,
     AFTER + " did no step at all: it should go on until step {r.whole.total}, so "
     "save the epochs that are done, not those begun"),
    (lambda r: r.again.steps[0] == 1 and r.again.total == r.whole.total, TO_RESUME,
     AFTER + " began again with step 1: save a checkpoint after each epoch, and load "
     "the one that is there before training"),
    (lambda r: r.again.steps[0] == 1, TO_RESUME,
     AFTER + " went on but gave on_step 1 as its first number: keep 'step' in the "
     "checkpoint, and count on from there"),
    (lambda r: r.again.steps[0] > r.stop + 1, TO_RESUME,
     AFTER + " went on with step {r.again.steps[0]} and left out those between: go on "
     "with the first step that is not in the checkpoint"),
    (other_steps, TO_RESUME,
     AFTER + " went from step {found[0]} to {found[1]}, in {r.again.total} steps, and "
     "should end at {r.whole.total}: put the number of epochs done back too"),
]
SAME = [
    (other_random_numbers, TO_RESUME,
     "Interrupted after step {r.stop} and called again, train {found[0]} than "
     "uninterrupted: put the state of {found[1]}'s random numbers back, which is "
     "another than it was then"),
    (resumed_difference, TO_RESUME,
     "Interrupted after step {r.stop} and called again, train {found} than "
     "uninterrupted: put the state of model, optimizer and scheduler back, that of "
     "random numbers, also of a generator of your own, and the best model so far"),
]
CLOSE = [
    (lambda r: r.again.epochs != r.whole.epochs, TO_RESUME,
     "Interrupted and called again, train ends with a 'log' of length "
     "{r.again.epochs} instead of {r.whole.epochs}: put the log back too"),
    (far_apart, SCALER,
     "Interrupted and called again, train reached {found[0]:.2f} % in validation "
     "instead of {found[1]:.2f} % and may differ by 0.4 points: put the state of "
     "optimizer, scheduler, scaler and random numbers back"),
]
RELABELLED = [
    (measured_elsewhere, RULES,
     "With other labels of the validation images the 'log' says {found[0]:.2f} % all "
     "the same: measure on the third and the fourth part of `data`"),
    (trained_on_validation, RULES,
     "With other labels of the validation images training gives other weights: train "
     "on the first two parts of `data`, and on no validation image"),
]
LATER = "Interrupted after step {r.late_stop} and called again, train"
LATE = [
    (lambda r: r.unwatched.epochs != r.relabelled.epochs, BEST_MODEL,
     LATER + " ended after epoch {r.unwatched.epochs} instead of "
     "{r.relabelled.epochs}: put back what it stops by, also the number of epochs "
     "without a better validation"),
    (other_accuracy_late, TO_RESUME,
     LATER + " reaches {found[1]:.2f} % in epoch {found[0]} instead of "
     "{found[2]:.2f} %: go on from the weights of the epoch before, not from the best "
     "ones, and put optimizer and scheduler back as they were then"),
    (other_classes, BEST_MODEL,
     LATER + " predicts another class for {found:,} of 10,000 images: put the best "
     "weights and their accuracy back"),
]
# fmt: on

# Each check: rows about one of the runs of a rehearsal, or about the rehearsal itself
CHECKS = {
    "checkpoint": [("whole", ENDED + FILE + KEPT + LOG + NET + NOT_EMPTY + EACH_EPOCH)],
    "resumed": [
        ("whole", ENDED + KEPT + STEPS),
        ("itself", INTERRUPTED),
        ("again", ENDED),
        ("itself", RESUMED + SAME),
        ("whole", FILE + LOGGED),
        ("again", KEPT + LOGGED),
        ("itself", CLOSE),
    ],
    "chosen": [("whole", ENDED + DATA + FILE + KEPT + LOGGED + NET + BEST)],
    "best": [
        ("whole", ENDED + FILE + KEPT + STEPS + LOGGED + NET),
        ("relabelled", ENDED + KEPT + LOGGED + EACH_EPOCH_LATE),
        ("itself", RELABELLED),
        ("relabelled", NET + BEST),
        ("unwatched", ENDED),
        ("itself", LATE),
    ],
}
PASSED = {
    "checkpoint": "The checkpoint loads with weights_only=True on a CPU: passed.",
    "resumed": "Interrupted after step {r.stop} of {r.whole.total} and called again: "
    "the same\n10,000 predictions, bit for bit: passed.",
    "resumed on cuda": "Interrupted and called again: {r.again.best:.2f} % in "
    "validation instead of\n{r.whole.best:.2f} %, in equal steps: passed. Not compared "
    "bit for bit: a GPU may add\nin another order the next time, and rounded sums "
    "depend on their order.",
    "chosen": "Chosen on validation, {r.whole.best:.2f} %; the test set opened once, "
    "after step\n{r.whole.total} of {r.whole.total}: passed.",
    "best": "Where the best of {r.relabelled.epochs} epochs was an early one, "
    "{r.relabelled.best:.2f} %, its weights\nwere kept, also over an interruption: "
    "passed.",
}
# --8<-- [end:table]


# --8<-- [start:loop]
def ask(rows, r):
    """Ask the rows of a table; the first that finds something stops with a sentence."""
    for seen, read, sentence in rows:
        found = seen(r)
        if found:
            said = textwrap.shorten(str(found) or "no message", 200).rstrip(".")
            error = found if isinstance(found, Exception) else None
            sentence = sentence.format(found=found, said=said, r=r)
            raise AssertionError(f"{sentence}; see {read}.") from error


def check(name, rehearsal):
    """Ask all rows of one of the CHECKS, and print what was seen if all is well."""
    for which, rows in CHECKS[name]:
        ask(rows, getattr(rehearsal, which))
    passed = PASSED.get(f"{name} on {device.type}", PASSED[name])
    print(passed.format(r=rehearsal))


# --8<-- [end:loop]
