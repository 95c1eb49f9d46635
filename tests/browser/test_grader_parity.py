"""The grader in Python and the grader on the page: the same files, the same answers."""

import random

import pytest
from listing import ROOT
from predictions_files import FILES, PREDICTIONS

from browser import grading
from browser.grading import PLACE, answer, give, report, text
from snippets.fashion_mnist_project.data import CLASSES
from snippets.fashion_mnist_project.grade import BARS, GUESSED, grade
from snippets.fashion_mnist_project.read import read_predictions

RAW = ROOT / "data/FashionMNIST/raw/t10k-labels-idx1-ubyte"


@pytest.fixture(scope="module")
def labels():
    """The true classes of the test images."""
    return list(RAW.read_bytes()[8:])


def with_right(labels, right, seed=0):
    """Predictions of which so many are right."""
    dice = random.Random(seed)
    wrong = set(dice.sample(range(10000), 10000 - right))
    guess = {n: (labels[n] + dice.randrange(1, 10)) % 10 for n in wrong}
    return [guess.get(n, label) for n, label in enumerate(labels)]


def submissions(labels) -> dict[str, list[int]]:
    """Predictions by name: random, extreme, and one image beside each bar."""
    dice = random.Random(1)
    found = {
        "random": dice.choices(range(10), k=10000),
        "random among two": dice.choices([2, 6], k=10000),
        "perfect": labels,
        "in another order": dice.sample(labels, 10000),
        "a bit above guessing": with_right(labels, 1999),
        "no guessing": with_right(labels, 2000),
        "all wrong": with_right(labels, 0),
        "one right": with_right(labels, 1),
        "one wrong": with_right(labels, 9999),
        "like PREDICTIONS": PREDICTIONS,
    }
    found |= {f"all {label}": [label] * 10000 for label in (0, 9)}
    for bar in BARS.values():
        at = round(bar * 100)
        found |= {f"{n} right": with_right(labels, n, n) for n in (at - 1, at, at + 1)}
    for n in dice.sample(range(10000), 12):
        found[f"{n} right"] = with_right(labels, n, n)
    return found


def printed(number, places):
    """A number as a reader sees it; no zero has a sign."""
    shown = f"{number:.{places}f}"
    return shown.removeprefix("-") if float(shown) == 0 else shown


def expected(graded) -> dict:
    """What the page has to show of a grade that Python gave."""
    low, high = (printed(graded[name], 2) for name in ("low", "high"))
    bars = []
    for name, least in BARS.items():
        lacks = round(least * 100) - graded["right"]
        more = f"{lacks:,} more image{'s' * (lacks != 1)} to get right"
        says = "reached" if graded["accuracy"] >= least else more
        bars.append(f"{name}, {least:.1f} %: {says}")
    return {
        "score": f"Test accuracy {graded['accuracy']:.2f} %",
        "says": f"95 % interval: {low} to {high} %. {graded['right']:,} of 10,000 "
        f"images right. Bar reached: {graded['bar'] or 'none'}.",
        "hint": graded["hint"],
        "bars": bars,
        "classes": [f"{accuracy:.1f}" for accuracy in graded["per_class"]],
        "confusion": [[f"{n:,}" for n in row] for row in graded["confusion"]],
    }


def test_every_number_is_the_same(visit, labels, tmp_path, say):
    page, wrong, hints = visit(PLACE).page, [], set()
    base = grading.labels(page)["baseline"]
    found = submissions(labels)
    for name, predictions in found.items():
        path = tmp_path / "predictions.csv"
        path.write_bytes(text(predictions))
        graded = grade(read_predictions(path), labels)
        hints.add(graded["hint"])
        assert give(page, path.read_bytes()).startswith("predictions.csv is graded.")
        shown, right = report(page), expected(graded)
        rows = shown["classes"]
        assert [row[0] for row in rows] == CLASSES
        for row, yours, our in zip(rows, graded["per_class"], base, strict=True):
            gain = f"{yours - our:+.1f}".replace("-", "−")
            gain = "0.0" if gain[1:] == "0.0" else gain
            assert row[1:] == [f"{yours:.1f}", f"{our:.1f}", gain], (name, row)
        shown["classes"] = [row[1] for row in rows]
        wrong += [
            f"{name}: {part}: {shown[part]} is not {right[part]}"
            for part in right
            if shown[part] != right[part]
        ]
        wrong += [f"{name}: not in the answer"] * (graded["hint"] not in answer(page))
    assert not wrong, "\n".join(wrong)
    assert hints == {GUESSED, ""}
    assert len(found) > 25
    say(f"the page and Python gave the same grades to {len(found)} files")


def test_every_file_is_taken_or_refused_in_the_same_words(visit, labels, tmp_path, say):
    opened, wrong = visit(PLACE), []
    right = expected(grade(PREDICTIONS, labels))
    taken = 0
    for name, (content, sentence) in FILES.items():
        path = tmp_path / "predictions.csv"
        path.write_bytes(content)
        try:
            python = read_predictions(path)
        except ValueError as error:
            python = str(error)
        said = give(opened.page, content)
        if isinstance(python, str):
            if not said == python == sentence:
                wrong.append(f"{name}: the page says {said!r}, Python {python!r}")
            continue
        taken += 1
        assert sentence is None and python == PREDICTIONS, name
        shown = report(opened.page)
        if not said.startswith("predictions.csv is graded. Test accuracy"):
            wrong.append(f"{name}: the page says {said!r}, and Python takes it")
        elif shown["confusion"] != right["confusion"]:
            wrong.append(f"{name}: other counts")
    assert not wrong, "\n".join(wrong)
    assert taken > 5 and len(FILES) - taken > 20
    assert opened.console == []
    say(f"{taken} files taken, {len(FILES) - taken} refused, on the page as in Python")


def test_a_refused_file_leaves_the_report_that_there_was(visit, labels):
    page = visit(PLACE).page
    refused, sentence = FILES["class 10"]
    assert give(page, refused) == answer(page) == sentence  # no report yet
    assert page.locator("#grader-report").is_hidden()
    give(page, text(labels), "first.csv")
    shown = report(page)
    assert page.locator("#grader-file[aria-invalid=false]").count() == 1
    assert give(page, refused, "second.csv") == sentence
    assert answer(page) == f"{sentence} The report below is still on first.csv."
    assert page.locator("#grader-file[aria-invalid=true]").count() == 1
    assert report(page) == shown
    give(page, text(PREDICTIONS), "third.csv")
    assert "third.csv is graded" in answer(page) and "still" not in answer(page)
    assert page.get_by_role("heading", name="Report on third.csv").count() == 1
    assert report(page)["score"] != shown["score"]
