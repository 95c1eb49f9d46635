"""The checks of what is handed in: the final run, an accuracy, an explanation."""

from snippets.fashion_mnist_project.checks import ENDED, FILE, LOGGED, YOUR_TURN, ask
from snippets.fashion_mnist_project.data import CLASSES, load_images
from snippets.fashion_mnist_project.grade import grade
from snippets.fashion_mnist_project.predict import Path
from snippets.fashion_mnist_project.read import read_predictions
from snippets.fashion_mnist_project.rehearsal import Run

# --8<-- [start:report]
GRADER = "“The grader” in Fashion-MNIST Project"
CONFUSIONS = "“What it confuses” in Fashion-MNIST Project"


def check_final(path, whole):
    """Was the checkpoint `path` trained on all the images, not in rehearsal?

    `whole`: a run in rehearsal.
    """
    ask(ENDED + LOGGED, whole)
    assert Path(path).exists(), (
        f"There is no file {path} yet: let `final` be the path of your final run's "
        f"checkpoint; see {YOUR_TURN}."
    )
    run = Run("", [], whole.make_net, path)
    run.note_state()
    ask(FILE + LOGGED, run)
    rehearsed, steps = whole.total / whole.epochs, run.state["step"] / run.epochs
    assert steps > 1.5 * rehearsed or rehearsed == 1, (
        f"{path} has {steps:.0f} steps an epoch, and a rehearsal {rehearsed:.0f}: set "
        f"REHEARSAL = False, and train with another path; see {YOUR_TURN}."
    )
    print(f"{path}, {steps:.0f} steps an epoch, not a rehearsal: passed.")


def check_reported(reported, path="predictions.csv"):
    """Is the reported test accuracy, in percent, what the file of predictions gives?"""
    assert isinstance(reported, (int, float)), (
        f"`reported` is {reported!r}: set it to the test accuracy of your predictions, "
        "a number without quotes, in percent with two decimals; see "
        f"{GRADER}."
    )
    assert Path(path).exists(), (
        f"There is no file {path} yet: write it with write_predictions; see {GRADER}."
    )
    try:
        predictions = read_predictions(path)
    except ValueError as error:
        raise AssertionError(
            f"{path} is refused, “{str(error).rstrip('.')}”: write it anew with "
            f"write_predictions; see {GRADER}."
        ) from error
    _, labels = load_images(train=False)
    accuracy = grade(predictions, labels.tolist())["accuracy"]
    assert round(reported, 2) == round(accuracy, 2), (
        f"`reported` is {reported} and the predictions in {path} give {accuracy:.2f} "
        "%: report what they give, in percent with two decimals; see "
        f"{GRADER}."
    )
    print(f"Reported, and what the predictions give: {accuracy:.2f} %: passed.")


def check_explained(explanation):
    """Does the explanation name two classes, in at least 15 words?"""
    text, named = str(explanation).lower(), []
    for name in sorted(CLASSES, key=len, reverse=True):  # T-shirt before Shirt
        short = name.lower().split("/")[0]
        if short in text:
            named.append(name)
            text = text.replace(short, "")
    assert len(named) >= 2, (
        f"`explanation` names {len(named)} of the ten classes: name two that your net "
        f"confuses, spelt as in CLASSES; see {CONFUSIONS}."
    )
    words = len(str(explanation).split())
    assert words >= 15, (
        f"`explanation` has {words} words: say in 15 or more what the two classes "
        f"share, and what the net cannot see; see {CONFUSIONS}."
    )
    print(f"Explained: {' and '.join(named)}: passed.")


# --8<-- [end:report]
