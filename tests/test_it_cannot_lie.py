"""Break a copy of the tree in every way we know; the real command has to name it."""

import json
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pytest
import tiny
from tiny import BUILD, CHECK, PAGES, PREBUILD, SLUG, captured, edit, forge, reseal

from scripts.tree import ROOT

PAGE = f"docs/{SLUG}.md"
STEPS = "snippets/tiny_lesson/steps.py"
GROWTH = "snippets/tiny_lesson/growth.py"
HELPER = "snippets/tiny_lesson/helper.py"
QUESTIONS = "snippets/tiny_lesson/questions.yml"
TEXTS = (*PAGES, "-k", "prints")  # of its tests, the one that compares
ACCEPT = (*PREBUILD, "--accept", "recording")
PROSE = "All of it adds up"


class Row(NamedTuple):
    """One way of breaking the tree, and what the command has to say about it."""

    name: str
    mutate: Callable[[Path], None]
    command: tuple[str, ...]
    status: int
    culprits: tuple[str, ...]


def nothing(root):
    """The control: the tree as it is."""


def change(name, old, new):
    """Replace a piece of a file."""
    return lambda root: edit(root, name, old, new)


def remove(name):
    """Delete a file."""
    return lambda root: (root / name).unlink()


def write(name, text):
    """Add a file."""
    return lambda root: (root / name).write_text(text)


def prose(text):
    """Type something into the page."""
    return change(PAGE, PROSE, f"{text}\n\n{PROSE}")


def fence(info, body):
    """Type a fence into the page."""
    return prose(f"```{info}\n{body}\n```")


def restyled(root):
    """Another look, made anew; what was measured stays as it is."""
    recorded = (root / captured("growth.json")).read_bytes()
    drawn = (root / captured("growth-line.svg")).read_bytes()
    edit(root, "scripts/plots.py", '"lines.linewidth": 2', '"lines.linewidth": 3')
    done = tiny.run(PREBUILD, root)
    assert done.returncode == 0 and "recording" not in done.stdout, done.stdout
    assert (root / captured("growth.json")).read_bytes() == recorded
    assert (root / captured("growth-line.svg")).read_bytes() != drawn


def recorded_anew(root):
    """Edit a snippet and record again, as one should."""
    edit(root, STEPS, "* 1.5", "* 2.5")
    done = tiny.run(PREBUILD, root)
    assert f"recorded {SLUG}/program" in done.stdout, done.stdout
    assert f"recorded {SLUG}/growth" not in done.stdout, done.stdout


def half_written(root):
    """A recording that was interrupted is made again, without a trick."""
    (root / captured("steps-first.txt")).write_text("values:")
    (root / captured("growth.json")).write_text('{"generated": ')
    done = tiny.run(PREBUILD, root)
    assert done.returncode == 0, done.stdout


def recording(change=None, device="cpu", edited=nothing):
    """Put a recording of the experiment beside the tree; `change` makes it another."""

    def mutate(root):
        folder = root / "recording" / SLUG / device
        folder.mkdir(parents=True)
        shutil.copyfile(root / captured("growth.json"), folder / "growth.json")
        if change:
            reseal(folder / "growth.json", change)
        edited(root)

    return mutate


def on_gpu(capture):
    capture["machine"] |= {"device": "cuda", "gpu": "A fine GPU"}


def without_metric(capture):
    on_gpu(capture)
    del capture["result"]["metrics"]["last"]


ROWS = [
    # What has to stay green
    Row("control, check", nothing, CHECK, 0, ("checked 2 CPU captures, 0 problems",)),
    Row("control, build", nothing, BUILD, 0, ("Documentation built",)),
    Row("control, pages", nothing, PAGES, 0, ("3 blocks compared, 1 volatile",)),
    Row("control, prebuild", nothing, PREBUILD, 0, ("every CPU capture is fresh",)),
    Row(
        "a comment edited",
        change(STEPS, "# a comment in the listing", "# another"),
        PREBUILD,
        0,
        ("every CPU capture is fresh",),
    ),
    Row(
        "a comment in a helper edited",
        change(HELPER, "# a comment in the helper", "# another"),
        CHECK,
        0,
        ("0 problems",),
    ),
    Row(
        "a blank line added",
        change(GROWTH, "    values = [1.25]", "\n    values = [1.25]"),
        CHECK,
        0,
        ("0 problems",),
    ),
    Row("a plot restyled", restyled, CHECK, 0, ("0 problems",)),
    Row("recorded anew", recorded_anew, CHECK, 0, ("0 problems",)),
    Row("recorded anew, pages", recorded_anew, TEXTS, 0, ("3 blocks compared",)),
    Row("an interrupted recording", half_written, CHECK, 0, ("0 problems",)),
    Row("a recording", recording(on_gpu, "cuda"), ACCEPT, 0, ("accepted tiny-lesson",)),
    Row(
        "another time in a volatile block",
        lambda root: forge(root, "steps-clock", "took 0", "took 9"),
        TEXTS,
        0,
        ("1 volatile",),
    ),
    # Code that is not what ran
    Row(
        "a snippet edited",
        change(STEPS, "[1, 2, 3]", "[1, 2, 4]"),
        CHECK,
        1,
        ("tiny-lesson/program is stale",),
    ),
    Row(
        "an experiment edited",
        change(GROWTH, "[1.25]", "[1.5]"),
        CHECK,
        1,
        ("tiny-lesson/growth is stale",),
    ),
    Row(
        "an imported helper edited",
        change(HELPER, "factor=2", "factor=3"),
        CHECK,
        1,
        ("tiny-lesson/growth is stale",),
    ),
    Row(
        "a block moved",
        change(PAGE, "steps.py:first", "steps.py:clock"),
        CHECK,
        1,
        (PAGE.removeprefix("docs/"), "steps-clock appears more than once"),
    ),
    Row(
        "a block that raises",
        change(STEPS, "half = total / 4", "half = total / 0"),
        PREBUILD,
        1,
        ("the block steps-marked raised", "ZeroDivisionError"),
    ),
    Row(
        "a block that kills the process",
        change(STEPS, "half = total / 4", "import os; os._exit(3)"),
        PREBUILD,
        1,
        ("died (exit 3) in block steps-marked",),
    ),
    Row(
        "an experiment that raises",
        change(GROWTH, "values = [1.25]", "values = [1.25 / 0]"),
        PREBUILD,
        1,
        ("the experiment snippets.tiny_lesson.growth failed", "ZeroDivisionError"),
    ),
    Row(
        "a block emptied",
        change(STEPS, 'half = total / 4\nprint("half:", half)', "# half"),
        CHECK,
        1,
        ("tiny-lesson.md", "block steps-marked is empty"),
    ),
    Row(
        "a mark misspelt",
        change(STEPS, "# capture: volatile", "# capture: volatle"),
        CHECK,
        1,
        (STEPS, "# capture: volatle"),
    ),
    Row(
        "a reason edited",
        change(STEPS, "it prints a time", "it varies"),
        CHECK,
        1,
        ("tiny-lesson/program is stale",),
    ),
    # Captures that are not what was captured
    Row(
        "a captured number edited by hand",
        change(captured("growth.json"), '"median": 20.0', '"median": 21.0'),
        CHECK,
        1,
        (captured("growth.json"), "digest"),
    ),
    Row(
        "a captured number edited by hand, build",
        change(captured("growth.json"), '"median": 20.0', '"median": 21.0'),
        BUILD,
        1,
        (captured("growth.json"), "digest"),
    ),
    Row(
        "a captured text edited by hand",
        change(captured("steps-first.txt"), "2.125", "2.126"),
        CHECK,
        1,
        (captured("steps-first.txt"), "edited by hand"),
    ),
    Row(
        "a rendered table edited by hand",
        change(captured("growth-steps.md"), "| step 0 |", "| step 9 |"),
        CHECK,
        1,
        (captured("growth-steps.md"), "edited by hand"),
    ),
    Row(
        "a plot edited by hand",
        change(captured("growth-line.svg"), "It doubles", "It triples"),
        CHECK,
        1,
        (captured("growth-line.svg"), "edited by hand"),
    ),
    Row(
        "a notebook edited by hand",
        change(f"docs/notebooks/{SLUG}.ipynb", PROSE, "None of it adds up"),
        CHECK,
        1,
        (f"docs/notebooks/{SLUG}.ipynb", "edited by hand"),
    ),
    Row(
        "a practice notebook edited by hand",
        change(f"docs/notebooks/{SLUG}-practice.ipynb", "Task 1", "Task 2"),
        CHECK,
        1,
        (f"docs/notebooks/{SLUG}-practice.ipynb", "edited by hand"),
    ),
    Row(
        "an orphan capture",
        write(captured("steps-gone.txt"), "It was here once.\n"),
        CHECK,
        1,
        (captured("steps-gone.txt"), "orphan"),
    ),
    Row(
        "a missing capture of an experiment",
        remove(captured("growth.json")),
        CHECK,
        1,
        ("tiny-lesson/growth is missing",),
    ),
    Row(
        "a missing captured text",
        remove(captured("steps-first.txt")),
        CHECK,
        1,
        (captured("steps-first.txt"),),
    ),
    Row(
        "a missing captured text, build",
        remove(captured("steps-titled.txt")),
        BUILD,
        1,
        (captured("steps-titled.txt"),),
    ),
    Row(
        "a missing table, build",
        remove(captured("growth-steps.md")),
        BUILD,
        1,
        ("tiny-lesson.md", captured("growth-steps.md")),
    ),
    Row(
        "CUDA captures, strictly",
        nothing,
        (*CHECK, "--device", "cuda"),
        1,
        ("the CUDA capture tiny-lesson/growth is missing",),
    ),
    # A page that does not fit
    Row(
        "a missing section, check",
        change(PAGE, "steps.py:marked", "steps.py:gone"),
        CHECK,
        1,
        ("tiny-lesson.md", "'gone'", STEPS),
    ),
    Row(
        "a missing section, build",
        change(PAGE, "steps.py:marked", "steps.py:gone"),
        BUILD,
        1,
        ("tiny-lesson.md", "'gone'", STEPS),
    ),
    Row(
        "a missing snippet",
        change(PAGE, "steps.py:marked", "gone.py:marked"),
        BUILD,
        1,
        ("tiny-lesson.md", "snippets/tiny_lesson/gone.py"),
    ),
    Row(
        "a missing key, check",
        change(PAGE, "growth.total.median", "growth.totl.median"),
        CHECK,
        1,
        ("tiny-lesson.md", "tiny-lesson.growth.totl.median"),
    ),
    Row(
        "a missing key, build",
        change(PAGE, "growth.total.median", "growth.totl.median"),
        BUILD,
        1,
        ("tiny-lesson.md", "tiny-lesson.growth.totl.median"),
    ),
    Row(
        "a key of a capture that is not there",
        change(PAGE, "growth.total.median", "shrinking.total.median"),
        BUILD,
        1,
        ("tiny-lesson.md", captured("shrinking.json")),
    ),
    Row(
        "a fence that says py",
        change(PAGE, '```python hl_lines="1"', "```py"),
        CHECK,
        1,
        ("tiny-lesson.md, line 26", "```py has to be ```python"),
    ),
    Row(
        "a fence of tildes",
        prose(f'~~~python\n--8<-- "{STEPS}:marked"\n~~~'),
        CHECK,
        1,
        ("tiny-lesson.md, line 3", "~~~python has to be ```python"),
    ),
    Row(
        "a fence that is never closed",
        write("docs/index.md", "```text\nnever closed\n"),
        CHECK,
        1,
        ("index.md", "line 1", "never closed"),
    ),
    Row(
        "code typed into the page",
        fence("python", "print(1)"),
        CHECK,
        1,
        ("tiny-lesson.md, line 3", "code is typed"),
    ),
    Row(
        "output typed into the page",
        fence("text", "mean: 2.125"),
        CHECK,
        1,
        ("tiny-lesson.md, line 3", "output is typed"),
    ),
    Row(
        "a measurement typed into prose",
        prose("It takes 12 ms."),
        CHECK,
        1,
        ("tiny-lesson.md, line 3", "'12 ms'"),
    ),
    Row(
        "a captured text that is not shown",
        change(PAGE, captured("steps-titled.txt"), captured("steps-first.txt")),
        PAGES,
        1,
        ("steps-titled",),
    ),
    Row(
        "a question that is not there",
        change(PAGE, "question.order", "question.gone"),
        BUILD,
        1,
        ("tiny-lesson.md", "'gone'"),
    ),
    Row(
        "a wrong answer that nothing captured contradicts",
        change(QUESTIONS, "steps-first:mean", "steps-first:median"),
        CHECK,
        1,
        ("tiny-lesson.md", "question order, answer 'Two'", "no captured contradict"),
    ),
    Row(
        "a wrong answer that predicts what was captured",
        change(QUESTIONS, '"2.0"', '"2.125"'),
        CHECK,
        1,
        ("tiny-lesson.md", "question order, answer 'Two'", "that is what was captured"),
    ),
    Row(
        "a task without its end",
        change("snippets/tiny_lesson/practice.py", "# solution:end\n", ""),
        CHECK,
        1,
        ("practice.py", "'# solution:start' without its '# solution:end'"),
    ),
    # Recordings from elsewhere
    Row(
        "a recording of other code",
        recording(on_gpu, "cuda", edited=change(HELPER, "factor=2", "factor=3")),
        ACCEPT,
        1,
        ("tiny-lesson/growth", "fingerprint"),
    ),
    Row(
        "a recording from another device",
        recording(device="cuda"),
        ACCEPT,
        1,
        ("tiny-lesson/growth", "recorded on cpu", "not on cuda"),
    ),
    Row(
        "a recording that lost a metric",
        recording(without_metric, "cuda"),
        ACCEPT,
        1,
        ("tiny-lesson/growth", "the metric 'last' is gone"),
    ),
    Row(
        "a recording edited by hand",
        recording(
            on_gpu,
            "cuda",
            edited=change(f"recording/{SLUG}/cuda/growth.json", "A fine", "A finer"),
        ),
        ACCEPT,
        1,
        ("growth.json", "digest"),
    ),
    Row("no recording", nothing, ACCEPT, 1, ("recording is not a folder",)),
    # What would come out today is not what was captured
    Row(
        "another number",
        lambda root: forge(root, "steps-first", "mean: 2.125", "mean: 2.135"),
        TEXTS,
        1,
        ("tiny-lesson, block steps-first: 2.125 instead of 2.135",),
    ),
    Row(
        "another word",
        lambda root: forge(root, "steps-first", "mean:", "meen:"),
        TEXTS,
        1,
        ("tiny-lesson, block steps-first: line 2: 'mean: #' instead of 'meen: #'",),
    ),
    Row(
        "another number in a fence with a title",
        lambda root: forge(root, "steps-titled", "total: 9.0", "total: 8.0"),
        TEXTS,
        1,
        ("tiny-lesson, block steps-titled: 9.0 instead of 8.0",),
    ),
    Row(
        "another number in a fence with highlighted lines",
        lambda root: forge(root, "steps-marked", "half: 2.25", "half: 2.5"),
        TEXTS,
        1,
        ("tiny-lesson, block steps-marked: 2.25 instead of 2.5",),
    ),
    Row(
        "another line in a volatile block",
        lambda root: forge(root, "steps-clock", "took", "lasted"),
        TEXTS,
        1,
        ("tiny-lesson, block steps-clock: line 1",),
    ),
]
CHECKED = []


@pytest.fixture(scope="session")
def original(tmp_path_factory):
    """The tiny tree, recorded once; nobody may change it."""
    return tiny.plant(tmp_path_factory.mktemp("original") / "tree")


def attempt(row, original, root):
    """Break a copy as the row says, and run its command there."""
    shutil.copytree(original, root, symlinks=True)
    row.mutate(root)
    return tiny.run(row.command, root)


@pytest.fixture(scope="session")
def attempts(original, request, tmp_path_factory):
    """Every selected row's attempt, two at a time; failures wait for their test."""
    name = test_it_cannot_lie.__name__
    items = [item for item in request.session.items if item.name.startswith(name + "[")]
    rows = [item.callspec.params["row"] for item in items]
    with ThreadPoolExecutor(2) as pool:
        yield {
            row.name: pool.submit(
                attempt, row, original, tmp_path_factory.mktemp("broken") / "tree"
            )
            for row in rows
        }


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name.replace(" ", "-"))
def test_it_cannot_lie(row, attempts):
    done = attempts[row.name].result()
    CHECKED.append(row.name)
    assert done.returncode == row.status, done.stdout
    for culprit in row.culprits:
        assert culprit in done.stdout


def test_nothing_was_left_out(original, say):
    green = sum(row.status == 0 for row in ROWS)
    say(f"{len(CHECKED)} ways to lie were tried ({green} of {len(ROWS)} stay green)")
    assert CHECKED
    assert len({row.name for row in ROWS}) == len(ROWS)
    notes = json.loads((original / captured("program.json")).read_text())["blocks"]
    assert len(notes) == 4


def test_the_real_tree_is_as_it_should_be():
    done = tiny.run(CHECK, ROOT)
    assert done.returncode == 0, done.stdout
    assert ", 0 problems" in done.stdout
