"""The grader and the confusion explorer of lesson 3, for the page and its scripts.

`{{ confusion }}` becomes the captured baseline's confusion matrix, a table that says
all by itself; `{{ grader }}` becomes the grader's place. The scripts that
docs/overrides/grader.html loads put life into both; their data is made here: labels.js.
"""

import ast
import json
import re
from html import escape
from pathlib import Path

from scripts.captures import capture_file
from scripts.common.errors import SiteError
from scripts.common.formatting import passport
from scripts.common.paths import TREE, captures_of, lessons, package

SLUG, NAME = "fashion-mnist-project", "baseline_runs"
SIZES = {"test_labels": 10_000, "val_labels": 5_000, "val_predictions": 5_000}
PREFIXES = {"confusion": "validation-", "grader": ""}  # of the names of its pictures
LOOKING = (
    "Looking at the images behind a number is done on the page of this lesson, and "
    "needs JavaScript. The table has every number."
)
BASELINE = (
    "How the baseline, seed 0, classified the 5,000 validation images. Each row is a "
    "true class, about 500 images; each column is a predicted class. Captured"
)
GRADING = (
    "The grader is on the page of this lesson, and needs JavaScript; the notebook's "
    "last cell gives the same grades."
)


def files() -> dict[Path, str]:
    """labels.js and its text, once there are the lesson and the baseline's capture."""
    if SLUG not in lessons() or not capture_path().exists():
        return {}
    made_from = TREE.name(capture_path())
    note = f"// scripts/prebuild.py made this from {made_from}: run it again instead\n"
    constants = [
        f"export const {name} = {json.dumps(value, ensure_ascii=False, indent=1)}\n"
        for name, value in labels().items()
    ]
    return {labels_path(): note + "".join(constants)}


def pictures() -> Path:
    """The folder of the images that the page can show, and of labels.js."""
    return TREE.assets / "fashion-mnist"


def labels_path() -> Path:
    """Where labels.js stands."""
    return pictures() / "labels.js"


def markdown(kind: str, slug: str) -> str:
    """What stands for a key. SiteError names what is missing, or the wrong page."""
    if slug != SLUG:
        raise SiteError(f"the key {{{{ {kind} }}}} belongs to {SLUG}.md")
    data = labels()
    for label in range(10):
        path = pictures() / f"{PREFIXES[kind]}{label}.png"
        if not path.exists():
            name = TREE.name(path)
            raise SiteError(f"{name} does not exist: run scripts/sprites.py")
    inside = matrix(data) if kind == "confusion" else f"<p>{GRADING}</p>"
    return f'<div id="{kind}" class="grader">\n{inside}\n</div>'


def capture_path() -> Path:
    """Where the capture with the labels and the baseline's answers stands."""
    return captures_of(SLUG) / f"{NAME}.json"


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
    names = [escape(name) for name in data["classes"]]
    heads = "".join(f'<th scope="col"><span>{name}</span></th>' for name in names)
    rows = "\n".join(
        f'<tr><th scope="row">{name}</th>{cells(row, label)}</tr>'
        for label, (name, row) in enumerate(zip(names, counts, strict=True))
    )
    return f"""<p>{LOOKING}</p>
<div class="confusion-scroll" role="group" aria-label="Table" tabindex="0">
<table class="confusion-matrix">
<caption>{BASELINE} {escape(data["source"])}.</caption>
<thead><tr><td>predicted →<br>true ↓</td>{heads}</tr></thead>
<tbody>
{rows}
</tbody>
</table>
</div>"""


def confusion(labels: str, baseline: str) -> list[list[int]]:
    """How many images of each true class (row) got each predicted class (column)."""
    counts = [[0] * 10 for _ in range(10)]
    for label, guess in zip(labels, baseline, strict=True):
        counts[int(label)][int(guess)] += 1
    return counts


def cells(row: list[int], true: int) -> str:
    """The cells of a row; their colours follow its shares, as in confusion.js."""
    found = []
    for guess, count in enumerate(row):
        kind = "none" if count == 0 else "right" if guess == true else "wrong"
        share = count / sum(row)
        tint = round(100 * (share if guess == true else min(1, 2 * share**0.5)))
        found.append(f'<td class="{kind}" style="--tint: {tint}%">{count}</td>')
    return "".join(found)
