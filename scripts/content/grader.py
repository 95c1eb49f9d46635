"""The grader and the confusion explorer of lesson 3, for the page and its scripts.

`{{ confusion }}` becomes the captured baseline's confusion matrix, a table that says
all by itself; `{{ grader }}` becomes the grader's place. The scripts that
docs/overrides/grader.html loads put life into both; their data is made here: labels.js,
and baseline.js, which is fetched by whoever asks for the report on our baseline.
"""

import ast
import json
import re
from pathlib import Path

from scripts.captures import capture_file
from scripts.common.errors import SiteError
from scripts.common.formatting import passport
from scripts.common.paths import TREE, captures_of, lessons, package
from scripts.content.templating import render

SLUG, NAME, HANDED_IN = "fashion-mnist-project", "baseline_runs", "handed_in"
SIZES = {"test_labels": 10_000, "val_labels": 5_000, "val_predictions": 5_000}
PREFIXES = {"confusion": "validation-", "grader": ""}  # of the names of its pictures
RIGHT = (
    "."  # stands in baseline.js for a prediction that is right: a third of the bytes
)
LOOKING = (
    "Seeing the images behind a number needs JavaScript, on this lesson's page. "
    "The table has every number."
)
BASELINE = (
    "How the baseline, seed 0, classified the 5,000 validation images. Each row is a "
    "true class, about 500 images; each column is a predicted class. Captured"
)
GRADING = (
    "The grader is on the page of this lesson, and needs JavaScript; the starter's "
    "second cell below “Hand it in” gives the same grades."
)


def files() -> dict[Path, str]:
    """labels.js and baseline.js, once there are the lesson and their captures."""
    if SLUG not in lessons() or not capture_path().exists():
        return {}
    data = labels()
    constants = [
        f"export const {name} = {json.dumps(value, ensure_ascii=False, indent=1)}\n"
        for name, value in data.items()
    ]
    found = {labels_path(): _note(NAME) + "".join(constants)}
    if capture_path(HANDED_IN).exists():
        pairs = zip(handed_in(), data["labels"], strict=True)
        mistakes = "".join(RIGHT if a == b else a for a, b in pairs)
        text = f"export default {json.dumps(mistakes)}\n"
        found[handed_in_path()] = _note(HANDED_IN) + text
    return found


def _note(name: str) -> str:
    """The first line of a script that is made from a capture."""
    made_from = TREE.name(capture_path(name))
    return f"// scripts/prebuild.py made this from {made_from}: run it again instead\n"


def pictures() -> Path:
    """The folder of the images that the page can show, and of labels.js."""
    return TREE.assets / "fashion-mnist"


def labels_path() -> Path:
    """Where labels.js stands."""
    return pictures() / "labels.js"


def handed_in_path() -> Path:
    """Where baseline.js stands."""
    return pictures() / "baseline.js"


def markdown(kind: str, slug: str) -> str:
    """What stands for a key. SiteError names what is missing, or the wrong page."""
    if slug != SLUG:
        raise SiteError(f"the key {{{{ {kind} }}}} belongs to {SLUG}.md")
    data = labels()
    handed_in()
    for label in range(10):
        path = pictures() / f"{PREFIXES[kind]}{label}.png"
        if not path.exists():
            name = TREE.name(path)
            raise SiteError(f"{name} does not exist: run scripts/sprites.py")
    inside = matrix(data) if kind == "confusion" else f"<p>{GRADING}</p>"
    return f'<div id="{kind}" class="grader">\n{inside}\n</div>'


def capture_path(name: str = NAME) -> Path:
    """Where a capture stands: the one with the labels, if no other is named."""
    return captures_of(SLUG) / f"{name}.json"


def handed_in() -> str:
    """What the baseline handed in, a digit an image. SiteError if it is not that."""
    result = capture_file.load(capture_path(HANDED_IN))["result"]
    digits = result.get("series", {}).get("test_predictions", "")
    if not isinstance(digits, str) or not re.fullmatch("[0-9]{10000}", digits):
        raise SiteError(
            f"the capture {SLUG}/{HANDED_IN}: 'test_predictions' is not a string of "
            "10,000 digits"
        )
    return digits


def labels() -> dict:
    """What labels.js exports. SiteError names what the capture or a listing lacks."""
    capture = capture_file.load(capture_path())
    series = capture["result"].get("series", {})
    where = f"the capture {SLUG}/{NAME}"
    for name, size in SIZES.items():
        digits = series.get(name, "")
        if not isinstance(digits, str) or not re.fullmatch(f"[0-9]{{{size}}}", digits):
            raise SiteError(f"{where}: '{name}' is not a string of {size:,} digits")
    for label in "0123456789":
        if series["test_labels"].count(label) != 1000:
            raise SiteError(f"{where}: not 1,000 of the test labels are {label}")
        if label not in series["val_labels"]:
            raise SiteError(f"{where}: none of the validation labels is {label}")
    shares = series.get("test_classes")
    if not isinstance(shares, list) or len(shares) != 10:
        raise SiteError(f"{where}: 'test_classes' is not a list of ten numbers")
    return {
        "classes": literal("data", "CLASSES"),
        "bars": literal("grade", "BARS"),
        "source": passport(capture),
        "labels": series["test_labels"],
        "baseline": shares,  # accuracy of each class, in percent
        "validation": {
            "labels": series["val_labels"],
            "baseline": series["val_predictions"],
        },
    }


def literal(module: str, name: str):
    """A constant of one of the lesson's listings, with what is added to it; not run."""
    path = TREE.snippets / package(SLUG) / f"{module}.py"
    found = None
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            found = ast.literal_eval(node.value)
        elif isinstance(node, ast.AugAssign) and ast.unparse(node.target) == name:
            found = found + ast.literal_eval(node.value)
    if found is None:
        raise SiteError(f"{TREE.name(path)} does not define {name}")
    return found


def matrix(data: dict) -> str:
    """The baseline's confusion matrix as HTML; confusion.js draws it alike."""
    counts = confusion(**data["validation"])
    rows = [
        {"name": name, "cells": cells(row, label)}
        for label, (name, row) in enumerate(zip(data["classes"], counts, strict=True))
    ]
    return render(
        "matrix.html",
        rows=rows,
        looking=LOOKING,
        baseline=BASELINE,
        source=data["source"],
    )


def confusion(labels: str, baseline: str) -> list[list[int]]:
    """How many images of each true class (row) got each predicted class (column)."""
    counts = [[0] * 10 for _ in range(10)]
    for label, guess in zip(labels, baseline, strict=True):
        counts[int(label)][int(guess)] += 1
    return counts


def cells(row: list[int], true: int) -> list[dict]:
    """The cells of a row; their colours follow its shares, as in confusion.js."""
    found = []
    for guess, count in enumerate(row):
        kind = "none" if count == 0 else "right" if guess == true else "wrong"
        share = count / sum(row)
        tint = round(100 * (share if guess == true else min(1, 2 * share**0.5)))
        found.append({"kind": kind, "tint": tint, "count": count})
    return found
