"""A grade as text: the accuracy with its interval, each class, the worst confusions."""

from snippets.fashion_mnist_project.data import CLASSES
from snippets.fashion_mnist_project.grade import grade


# --8<-- [start:show]
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


# --8<-- [end:show]
