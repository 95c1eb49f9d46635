"""The judge: every number of a grade, as the page gives it."""

# --8<-- [start:grade]
import math

# Test accuracy in percent
BARS = {"baseline": 87.0, "good": 89.5, "distinction": 90.3}
GUESSED = (  # the hint below 20 %
    "Guessing gives about 10 %: was the loader shuffled, or are the classes not "
    "numbered as in CLASSES, from 0?"
)


def interval(right, count, z=1.96):
    """Wilson's 95 % interval of an accuracy, in percent."""
    share, middle = right / count, right / count + z * z / (2 * count)
    half = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    scale = 100 / (1 + z * z / count)
    return scale * (middle - half), scale * (middle + half)


def grade(predictions, labels):
    """Accuracy, interval, bar, each class, confusion, perhaps a hint; of two lists.

    Raises ValueError for what is no class number, and for two empty lists.
    """
    if not labels:
        raise ValueError("there is nothing to grade: give at least one label")
    if odd := {*predictions, *labels} - {*range(10)}:
        raise ValueError(f"{sorted(odd)} are no classes: give numbers from 0 to 9")
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
        "per_class": [
            100 * row[k] / max(sum(row), 1) for k, row in enumerate(confusion)
        ],
        "confusion": confusion,
        "hint": GUESSED if accuracy < 20 else "",
    }


# --8<-- [end:grade]
