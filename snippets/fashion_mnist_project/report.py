"""The checks of what a reader reports: an accuracy, and one confusion explained."""

from snippets.fashion_mnist_project.data import CLASSES, load_images
from snippets.fashion_mnist_project.grade import grade
from snippets.fashion_mnist_project.predict import Path
from snippets.fashion_mnist_project.read import read_predictions
from snippets.fashion_mnist_project.rehearsal import PROJECT


# --8<-- [start:report]
def check_reported(reported, path="predictions.csv"):
    """Is the reported test accuracy, in percent, what the file of predictions gives?"""
    assert isinstance(reported, (int, float)), (
        f"`reported` is {reported}: set it to the test accuracy of your predictions, "
        f"in percent with two decimals; see “The grader” in {PROJECT}."
    )
    assert Path(path).exists(), (
        f"There is no file {path} yet: write it with write_predictions; see “The "
        f"grader” in {PROJECT}."
    )
    try:
        predictions = read_predictions(path)
    except ValueError as error:
        raise AssertionError(
            f"{path} is refused, “{str(error).rstrip('.')}”: write it anew with "
            f"write_predictions; see “The grader” in {PROJECT}."
        ) from error
    _, labels = load_images(train=False)
    accuracy = grade(predictions, labels.tolist())["accuracy"]
    assert round(reported, 2) == round(accuracy, 2), (
        f"`reported` is {reported} and the predictions in {path} give {accuracy:.2f} "
        "%: report what they give, in percent with two decimals; see “The grader” in "
        f"{PROJECT}."
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
        f"confuses, spelt as in CLASSES; see “The data, seen” in {PROJECT}."
    )
    words = len(str(explanation).split())
    assert words >= 15, (
        f"`explanation` has {words} words: say in 15 or more what the two classes "
        f"share, and what the net cannot see; see “The data, seen” in {PROJECT}."
    )
    print(f"Explained: {' and '.join(named)}: passed.")


# --8<-- [end:report]
