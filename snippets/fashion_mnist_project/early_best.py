"""The check in which an early epoch is the best: weights kept, patience saved."""

from snippets.fashion_mnist_project.checkpoint import torch
from snippets.fashion_mnist_project.checks import (
    SAVING,
    best_net,
    check_kept,
    check_log,
    check_logged,
    same_weights,
    validation,
)
from snippets.fashion_mnist_project.data import load_training
from snippets.fashion_mnist_project.guess import guess
from snippets.fashion_mnist_project.net import device
from snippets.fashion_mnist_project.rehearsal import (
    PROJECT,
    call,
    check_ended,
    tempfile,
)


# --8<-- [start:best]
def labels_of(whole, make_net, images):
    """Labels (5000,) by which the first epoch is the best: the net's own answers.

    Where they differ, 9 of 20 have those of its best epoch: it comes next, and epochs
    between the two are worse than both.
    """
    first = next(state for state in whole["states"] if state.get("log"))
    check_log(first["log"])
    early, late = (
        guess(best_net(state, make_net).to(device), images)
        for state in (first, whole["states"][-1])
    )
    labels, apart = early.clone(), (early != late).nonzero().flatten()
    some = apart[torch.arange(len(apart)) % 20 > 10]
    labels[some] = late[some]
    return first, labels, 100 * (labels == early).double().mean().item()


def check_best(train, whole, make_net):
    """Does train keep the weights of an early epoch, when later ones are worse?

    It gets other labels for the validation images, is interrupted in its last epoch
    and goes on without on_step.
    """
    check_ended(whole)
    check_logged(whole)
    *_, images, _ = load_training()
    first, labels, expected = labels_of(whole, make_net, images)
    with tempfile.TemporaryDirectory() as folder:
        seen = call(train, f"{folder}/whole.pt", chosen=labels)
        check_ended(seen, "With other labels of the validation images")
        check_logged(seen)
        check_scripted(first, seen, validation(whole), expected)
        best = check_kept(seen, make_net, images, labels)
        steps, epochs = len(seen["steps"]), len(validation(seen))
        stop = max(steps - steps // epochs // 2, 1)
        call(train, f"{folder}/cut.pt", stop, chosen=labels)
        again = call(train, f"{folder}/cut.pt", chosen=labels, watched=False)
    check_ended(again, 'Called as train("final.pt"), without on_step,')
    done, stop_here = len(validation(again)), "The best model, and when to stop"
    assert done == epochs, (
        f"Interrupted in its last epoch, {epochs}, and called again, train ended after "
        f"epoch {done}: put back what it stops by, also the number of epochs without a "
        f"better validation; see “{stop_here}” in {SAVING}."
    )
    different = int((again["predictions"] != seen["predictions"]).sum())
    assert different <= 10, (
        f"Interrupted in its last epoch and called again, train predicts another class "
        f"for {different:,} of 10,000 images: put the best weights and their accuracy "
        f"back; see “{stop_here}” in {SAVING}."
    )
    print(
        f"Where the best of {epochs} epochs was an early one, {best:.2f} %, its weights"
    )
    print("were kept, also over an interruption: passed.")


def check_scripted(first, seen, natural, expected):
    """Was it measured on these labels, and trained without them?"""
    log = validation({"state": first})
    number = log.index(max(log))  # the epoch that should be the best
    found, rules = validation(seen)[number], f"see “The rules” in {PROJECT}"
    assert found != natural[number] or abs(found - expected) < 0.1, (
        f"With other labels of the validation images the 'log' says {found:.2f} % all "
        "the same: measure on the third and the fourth that load_training() returns; "
        f"{rules}."
    )
    kept = next(state for state in seen["states"] if state.get("log"))["best_model"]
    if device.type == "cpu":  # a GPU may round otherwise in the next run
        assert same_weights(first["best_model"], kept), (
            "With other labels of the validation images training gives other weights: "
            "train on the first two that load_training() returns, and on no "
            f"validation image; {rules}."
        )


# --8<-- [end:best]
