"""The judge: reads a file of predictions and grades it, as the page does."""

from snippets.fashion_mnist_project.predict import Path

# The sections import what their page newly needs:
# isort: split
# ruff: noqa: E402
# --8<-- [start:read]
import re


def read_predictions(path, count=10000):
    """The class numbers in a file, one a line; ValueError says what is wrong with it.

    One header line, blank lines at the end and Windows line ends are allowed.
    """
    content = Path(path).read_bytes()
    expected = f"expected are {count:,} lines, each a class number from 0 to 9"
    if len(content) > 1_000_000:
        raise ValueError(f"The file has more than a million bytes; {expected}.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise ValueError(f"The file is not text; {expected}.")
    lines = [line.strip(" \t") for line in re.split(r"\r\n|\r|\n", text)]
    while lines and not lines[-1]:
        lines.pop()
    if not lines:
        raise ValueError(f"The file is empty; {expected}.")
    first = 0 if re.fullmatch(r"[+-]?[0-9][0-9.eE+-]*", lines[0]) else 1  # a header
    for number, line in enumerate(lines[first:], start=first + 1):
        if not re.fullmatch(r"[+-]?[0-9]+", line):
            raise ValueError(
                f"Line {number} is no whole number: “{line[:40]}”; {expected}."
            )
        if not re.fullmatch(r"[0-9]", line):
            raise ValueError(f"Line {number} is {line[:40]}; the classes are 0 to 9.")
    found = len(lines) - first
    if found != count:
        raise ValueError(f"The file has {found:,} predictions; {expected}.")
    return [int(line) for line in lines[first:]]


# --8<-- [end:read]

# --8<-- [start:grade]
import math

# Test accuracy in percent
BARS = {"baseline": 87.0, "good": 89.5, "distinction": 90.3}


def interval(right, count, z=1.96):
    """Wilson's 95 % interval of an accuracy, in percent."""
    share, middle = right / count, right / count + z * z / (2 * count)
    half = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    scale = 100 / (1 + z * z / count)
    return scale * (middle - half), scale * (middle + half)


def grade(predictions, labels):
    """Accuracy, interval, bar, accuracy of each class and confusion, from two lists."""
    confusion = [[0] * 10 for _ in range(10)]  # [true class][predicted class]
    for guess, label in zip(predictions, labels, strict=True):
        confusion[label][guess] += 1
    right = sum(confusion[label][label] for label in range(10))
    accuracy = 100 * right / len(labels)
    low, high = interval(right, len(labels))
    return {
        "right": right,
        "accuracy": accuracy,
        "low": low,
        "high": high,
        "bar": max((b for b in BARS if accuracy >= BARS[b]), key=BARS.get, default=""),
        "per_class": [100 * row[k] / sum(row) for k, row in enumerate(confusion)],
        "confusion": confusion,
    }


# --8<-- [end:grade]
