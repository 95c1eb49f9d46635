"""The checks of a submission: each stops with one sentence, or prints what it saw."""

from snippets.fashion_mnist_project.baseline import evaluate
from snippets.fashion_mnist_project.checkpoint import torch
from snippets.fashion_mnist_project.data import load_training
from snippets.fashion_mnist_project.net import device
from snippets.fashion_mnist_project.predict import predict
from snippets.fashion_mnist_project.rehearsal import (
    PROJECT,
    call,
    check_ended,
    tempfile,
)

# --8<-- [start:checkpoint]
SAVING = "Saving and Loading"


def check_checkpoint(noted, make_net):
    """Do the checkpoints load with weights_only=True on a CPU, and hold their keys?"""
    check_ended(noted)
    last = noted["state"]
    assert not isinstance(last, FileNotFoundError), (
        "train left no file at its `checkpoint_path`: save the checkpoint there after "
        f"each epoch; see “The checkpoint” in {SAVING}."
    )
    assert not isinstance(last, Exception), (
        f"The checkpoint does not load with weights_only=True on a CPU "
        f"({type(last).__name__}): put state_dicts, tensors, numbers and text in it, "
        f"and no whole objects; see “What may be in it” in {SAVING}."
    )
    for state in [*noted["states"], last if isinstance(last, dict) else {}]:
        check_keys(state)
        check_log(state["log"])
        if state["log"]:
            best_net(state, make_net)
    assert last["log"], (
        "The checkpoint's 'log' is empty: append an entry after each epoch, before you "
        f"save; see “An experiment log” in {PROJECT}."
    )
    print("The checkpoint loads with weights_only=True on a CPU: passed.")


def check_keys(state):
    """Does a checkpoint hold what it has to, each of its kind?"""
    kinds = {"step": int, "best_model": dict, "best_accuracy": (int, float)}
    for key, kind in (kinds | {"log": list}).items():
        found = f"a {type(state[key]).__name__}" if key in state else "missing"
        assert isinstance(state.get(key), kind), (
            f"The checkpoint's '{key}' is {found}; expected are at least a whole "
            "number 'step', a state_dict 'best_model', a number 'best_accuracy' and a "
            f"list 'log', .item() makes a number of a tensor; see “Your turn” in "
            f"{PROJECT}."
        )


def check_log(log):
    """Has each entry its validation accuracy, a number in percent?"""
    places = f"see “An experiment log” in {PROJECT}"
    for number, entry in enumerate(log, start=1):
        try:
            found = entry["val"]["accuracy"]
        except (KeyError, TypeError, IndexError) as error:
            raise AssertionError(
                f"Entry {number} of the checkpoint's 'log' has no accuracy at "
                'entry["val"]["accuracy"], in percent, of the validation images; '
                f"{places}."
            ) from error
        numeric = isinstance(found, (int, float)) and 0 <= found <= 100
        assert numeric, (
            f"Entry {number} of the checkpoint's 'log' has the accuracy {found!r}: "
            f"give a number from 0 to 100, no text and no tensor; {places}."
        )
    best = max(validation({"state": {"log": log}}), default=100)
    assert best > 1, (
        f"The highest accuracy in the checkpoint's 'log' is {best:.4f}: give percent, "
        f"such as {100 * best:.2f}; {places}."
    )


class Called(torch.overrides.TorchFunctionMode):
    """Meanwhile, the names of torch's functions that are called go into `names`."""

    def __init__(self):
        super().__init__()
        self.names = set()

    def __torch_function__(self, function, types, args=(), kwargs=None):
        self.names.add(getattr(function, "__name__", ""))
        return function(*args, **(kwargs or {}))


def best_net(state, make_net):
    """A net from `make_net` with the checkpoint's best weights."""
    try:
        net = make_net().cpu()
        net.load_state_dict(state["best_model"])
        with Called() as called:
            net.eval()(torch.zeros(2, 784))  # in training mode it would change the net
    except Exception as error:
        said = str(error).strip().splitlines()[-1].strip().rstrip(".")
        raise AssertionError(
            "The checkpoint's 'best_model' does not load into the net that make_net() "
            f"returns, “{said}”: train that very net, and keep its state_dict(); see "
            f"“Loading into the wrong net” in {SAVING}."
        ) from error
    others = ("conv", "unfold", "scaled_dot_product_attention")
    found = [name for name in sorted(called.names) if name.startswith(others)]
    assert not found, (
        f"The net that make_net() returns calls {found[0]}: build it of fully "
        f"connected layers alone, nn.Linear; see “The rules” in {PROJECT}."
    )
    return net


# --8<-- [end:checkpoint]


# --8<-- [start:resumed]
def check_resumed(train, whole):
    """Interrupted in mid-epoch and called again: the same steps, the same result?

    `whole`: the notes of a run that nobody interrupted.
    """
    check_ended(whole)
    total, places = len(whole["steps"]), f"see “Your turn” in {PROJECT}"
    assert total, (
        "train never called on_step: call on_step(step) after each optimizer step, if "
        f"it is not None; {places}."
    )
    for number, step in enumerate(whole["steps"], start=1):
        assert step == number, (
            f"At its call number {number} on_step was given {step}: it should be given "
            f"the number of optimizer steps since training began, 1, 2, 3, …; {places}."
        )
    log = validation(whole)
    assert total > len(log) or total == 1, (
        f"on_step was called {total} times in {len(log)} epochs: call it after each "
        f"optimizer step, in the loop over the batches; {places}."
    )
    saved = whole["state"].get("step") if log else total
    assert saved == total, (
        f"After {total} optimizer steps the checkpoint's 'step' is {saved}: save the "
        f"number of steps so far, as on_step gets it; {places}."
    )
    in_epoch = total // max(len(log), 1)  # steps
    stop = max(in_epoch * (2 * len(log) // 3) + in_epoch // 2, 1)
    with tempfile.TemporaryDirectory() as folder:
        cut = call(train, f"{folder}/run.pt", stop)
        again = call(train, f"{folder}/run.pt")
    assert len(cut["steps"]) >= stop, (
        f"Called with another path, train did {len(cut['steps'])} steps instead of "
        f"{total}: keep what resuming needs in the file at `checkpoint_path`, and "
        f"nothing in other files or globals; see “The checkpoint” in {SAVING}."
    )
    assert cut["error"] and len(cut["steps"]) == stop, (
        f"on_step raised an exception at step {stop} and train did not end by it: let "
        f"exceptions of on_step through, for they stand for a kill; {places}."
    )
    check_ended(again, f"Interrupted after step {stop} and called again,")
    check_steps(again["steps"], stop, total)
    if device.type == "cuda":
        return check_close(whole, again)
    different = int((again["predictions"] != whole["predictions"]).sum())
    what = f"predicts another class for {different:,} of 10,000 images"
    if not different:
        what = "has other validation accuracies in its log"
    assert not different and validation(again) == log, (
        f"Interrupted after step {stop} and called again, train {what} than "
        f"uninterrupted: {not_restored(whole, again)}; see “Is the model enough to "
        f"resume?” in {SAVING}."
    )
    print(f"Interrupted after step {stop} of {total} and called again: the same")
    print("10,000 predictions, bit for bit: passed.")


def not_restored(whole, again):
    """What is to be put back, where a resumed run does not go on as it would have."""
    first = again["steps"][0]
    then, now = whole["random"][first], again["random"][1]  # at that step
    used = [name for name in then if len({at[name] for at in whole["random"]}) > 1]
    names = [name for name in used if now[name] != then[name]]
    if names:
        return (
            f"put the state of {' and '.join(names)}'s random numbers back, which is "
            "another than it was then"
        )
    return (
        "put the state of model, optimizer and scheduler back, that of random numbers, "
        "also of a generator of your own, and the best model so far"
    )


def validation(noted):
    """The validation accuracies in the checkpoint's log, [] where it has none."""
    try:
        return [entry["val"]["accuracy"] for entry in noted["state"]["log"]]
    except (KeyError, TypeError):
        return []


def check_steps(steps, stop, total):
    """Did the second call go on where the checkpoint was, up to the last step?"""
    after = f"Interrupted after step {stop} of {total}, the second call"
    places = f"see “Is the model enough to resume?” in {SAVING}"
    assert steps, (
        f"{after} did no step at all: it should go on until step {total}, so save the "
        f"epochs that are done, not those begun; {places}."
    )
    first, last = steps[0], steps[-1]
    assert not (first == 1 and len(steps) == total), (
        f"{after} began again with step 1: save a checkpoint after each epoch, and "
        f"load the one that is there before training; {places}."
    )
    assert first != 1, (
        f"{after} went on but gave on_step 1 as its first number: keep 'step' in the "
        f"checkpoint, and count on from there; {places}."
    )
    assert first <= stop + 1, (
        f"{after} went on with step {first} and left out those between: go on with the "
        f"first step that is not in the checkpoint; {places}."
    )
    assert steps == list(range(first, total + 1)), (
        f"{after} went from step {first} to {last}, in {len(steps)} steps, and should "
        f"end at {total}: put the number of epochs done back too; {places}."
    )


def check_close(whole, again):
    """On CUDA: as many epochs, and validation accuracies within 0.4 points.

    Of the test set it says nothing: its accuracy is for the grader, at the end.
    """
    check_logged(whole)
    check_logged(again)
    epochs, found = len(validation(whole)), len(validation(again))
    assert found == epochs, (
        f"Interrupted and called again, train ends with a 'log' of length {found} "
        f"instead of {epochs}: put the log back too; see “Is the model enough to "
        f"resume?” in {SAVING}."
    )
    one, two = max(validation(whole)), max(validation(again))
    assert abs(one - two) <= 0.4, (
        f"Interrupted and called again, train reached {two:.2f} % in validation "
        f"instead of {one:.2f} % and may differ by 0.4 points: put the state of "
        "optimizer, scheduler, scaler and random numbers back; see “The scaler in the "
        "checkpoint” in GPU Training."
    )
    print(f"Interrupted and called again: {two:.2f} % in validation instead of")
    print(
        f"{one:.2f} %, in equal steps: passed. Not compared bit for bit: a GPU may add"
    )
    print("in another order the next time, and rounded sums depend on their order.")


# --8<-- [end:resumed]


# --8<-- [start:chosen]
def check_chosen(noted, make_net):
    """Was the best model chosen on validation, and the test set opened at the end?"""
    check_ended(noted)
    total, rules = len(noted["steps"]), f"see “The rules” in {PROJECT}"
    assert noted["loaded"], (
        "train did not call load_training(): take the images from it, in train, and "
        f"split them in no other way; {rules}."
    )
    early = [done for done in noted["opened"] if done < total]
    assert not early, (
        f"The test set was opened after step {early[0]} of {total}: choose on the "
        f"validation images, open the test set once, after the last step; {rules}."
    )
    times = len(noted["opened"])
    assert times == 1, (
        f"train opened the test set {times} times instead of once: end it with "
        f"predict(net), and use nothing of the test set before; {rules}."
    )
    check_logged(noted)
    _, _, images, labels = load_training()
    best = check_kept(noted, make_net, images, labels)
    print(f"Chosen on validation, {best:.2f} %; the test set opened once, after step")
    print(f"{total} of {total}: passed.")


def check_logged(noted):
    """Are there validation accuracies in the last checkpoint's log?"""
    assert validation(noted), (
        "The checkpoint's 'log' holds no validation accuracies: append an entry after "
        f"each epoch, with entry['val']['accuracy']; see “Your turn” in {PROJECT}."
    )


def check_kept(noted, make_net, images, labels):
    """Holds each checkpoint the best weights, and does train predict with them?

    Returns the best accuracy on these validation images.
    """
    stop_here, before = "The best model, and when to stop", None
    for state in noted["states"]:
        check_keys(state)
        check_log(state["log"])
        if not state["log"]:
            continue  # saved before the first epoch
        after = f"The checkpoint after epoch {len(state['log'])}"
        said, best = state["best_accuracy"], max(validation({"state": state}))
        assert abs(said - best) < 1e-6, (
            f"{after} has the 'best_accuracy' {said}, and the highest validation "
            f"accuracy in its 'log' is {best}: they should be equal, in percent; see "
            f"“{stop_here}” in {SAVING}."
        )
        if same_weights(before, state["best_model"]):
            continue
        before = state["best_model"]
        net = best_net(state, make_net).to(device)
        reached = evaluate(net, images, labels)["accuracy"]
        assert abs(reached - best) <= 0.1, (
            f"{after} says 'best_accuracy' {best:.2f}, and with its 'best_model' the "
            f"net reaches {reached:.2f} % on load_training()'s validation images: copy "
            "the weights when they are best, and measure on these, in eval mode; "
            f"see “Keeping the best weights” in {SAVING}."
        )
    different = int((predict(net) != noted["predictions"].cpu()).sum())
    assert different <= 10, (
        f"For {different:,} of 10,000 images train does not predict what 'best_model' "
        f"does: load it into the net before predict(net); see “{stop_here}” in "
        f"{SAVING}."
    )
    return best


def same_weights(one, two):
    """Are two state_dicts equal, bit for bit?"""
    return (
        one is not None
        and one.keys() == two.keys()
        and all(torch.equal(one[name], two[name]) for name in one)
    )


# --8<-- [end:chosen]
