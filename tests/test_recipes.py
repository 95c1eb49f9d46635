"""The recipes of contributing.md, carried out in a small tree with its own commands."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from pathlib import Path
from typing import NamedTuple

import pytest
import tiny
from listing import ROOT
from pytest_codeblocks import extract_from_buffer
from tiny import SLUG, captured, edit

PAGE = f"docs/{SLUG}.md"
NOTEBOOK = f"docs/notebooks/{SLUG}.ipynb"
GROWTH = captured("growth.json")
ORDER = "Commit, record, commit"  # the section that other recipes lead to
LINK = "(#commit-record-commit)"
SETUP = "#!/bin/sh\nmkdir -p .cache && : > .cache/setup-times\n"
AUTHOR = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "A Writer"), ("EMAIL", "writer@example.org"))
}


class Recipe(NamedTuple):
    """A recipe, what it calls `<name>`, its edits, and how one sees that it is done."""

    title: str
    name: str
    edits: Callable[[Path], None]
    shows: str  # it stands there afterwards, and did not before
    where: str = NOTEBOOK


def section(title: str) -> str:
    """The text of one recipe."""
    text = (ROOT / "docs/contributing.md").read_text(encoding="utf-8")
    parts = re.split(r"^## (.+)\n", text, flags=re.M)
    return dict(zip(parts[1::2], parts[2::2], strict=True))[title]


def commands(recipe: Recipe) -> list[str]:
    """The commands of a recipe, and of the section that it leads to."""
    text = section(recipe.title)
    text += section(ORDER) if LINK in text else ""
    blocks = extract_from_buffer(StringIO(text))
    code = "".join(block.code for block in blocks if block.syntax == "console")
    for mark, value in (("slug", SLUG), ("lesson", "tiny_lesson")):
        code = code.replace(f"<{mark}>", value)
    code = code.replace("<name>", recipe.name)
    return [line.removeprefix("$ ") for line in code.splitlines() if line]


def add(root: Path, name: str, text: str) -> None:
    """A new file of the tree."""
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text, encoding="utf-8")


def show(root: Path, text: str) -> None:
    """More at the end of the page."""
    edit(root, PAGE, "{{ retrieval }}", f"{text}\n{{{{ retrieval }}}}")


def changed(root):
    edit(root, "snippets/tiny_lesson/steps.py", "* 1.5", "* 2.5")


HELLO = """\"\"\"A listing.\"\"\"

# --8<-- [start:say]
print("hello:", 2 + 3)
# --8<-- [end:say]
"""
TEST_HELLO = """from listing import run_listing


def test_it_says_five(tmp_path, monkeypatch):
    _, text = run_listing("tiny_lesson.hello", tmp_path, monkeypatch)
    assert text == "hello: 5\\n"
"""
SAY = f"""```python
--8<-- "snippets/tiny_lesson/hello.py:say"
```

```text
--8<-- "{captured("hello-say.txt")}"
```
"""


def with_a_snippet(root):
    add(root, "snippets/tiny_lesson/hello.py", HELLO)
    add(root, "tests/tiny_lesson/test_hello.py", TEST_HELLO)
    show(root, SAY)


SQUARES = """\"\"\"An experiment.\"\"\"

import json


def main(steps: int = 7) -> dict:
    \"\"\"The square of the last step.\"\"\"
    rows = [[step, step**2] for step in range(1, steps + 1)]
    return {
        "metrics": {"last": {"median": steps**2, "spread": 0.0, "n": 1}},
        "tables": {"all": {"columns": ["step", "square"], "rows": rows}},
    }


if __name__ == "__main__":
    print(json.dumps(main()))
"""
TEST_SQUARES = """from snippets.tiny_lesson import squares


def test_the_last_square():
    assert squares.main(steps=3)["metrics"]["last"]["median"] == 9
"""
LAST = f"""The last square is {{{{ {SLUG}.squares.last.median }}}}.

--8<-- "{captured("squares-all.md")}"
"""


def with_an_experiment(root):
    add(root, "snippets/tiny_lesson/squares.py", SQUARES)
    add(root, "tests/tiny_lesson/test_squares.py", TEST_SQUARES)
    show(root, LAST)


QUESTION = """  half:
    question: How much is a half of a half?
    shows:
      lines: ["steps-marked:half"]
    answers:
      - text: Two.
        predicts: Then the run would print 2.
        captured: steps-marked:half
        is: "2.25"
        shows: It printed `{{ captured }}`.
      - text: A quarter.
        right: Half of it is taken twice.
retrieval:
"""


def with_a_question(root):
    edit(root, "snippets/tiny_lesson/questions.yml", "retrieval:\n", QUESTION)
    block = '```python hl_lines="1"'
    edit(root, PAGE, block, f"{{{{ question.half }}}}\n\n{block}")
    text = f'```text\n--8<-- "{captured("steps-marked.txt")}"\n```\n'
    lines = "".join(f"    {line}\n" for line in text.splitlines())
    edit(root, PAGE, text, f'??? captured "Half"\n\n{lines}')


DRAWING = f"""from scripts.content.drawings import drawing
from scripts.content.drawings.pen import Drawing
from scripts.content.questions import captured


@drawing("{SLUG}", "mean")
def mean() -> Drawing:
    found = captured("{SLUG}", "steps-first:mean")
    image = Drawing(40, f"A line that is called {{found}}.")
    image.line(10, 20, 390, 20, arrow=True)
    image.words(200, 16, found, anchor="middle")
    return image
"""
FIGURE = """<figure markdown="1">

--8<-- "docs/assets/drawings/mean.svg"

<figcaption>The mean.</figcaption>
</figure>
"""


def with_a_drawing(root):
    add(root, "scripts/content/drawings/tiny_lesson.py", DRAWING)
    show(root, FIGURE)


HALVES = """\"\"\"Half of an odd number.\"\"\"

# --8<-- [start:fails]
try:
    list(range(7 / 2))
except TypeError as error:
    print(f"{type(error).__name__}: {error}")
# --8<-- [end:fails]

# --8<-- [start:cure]
print("cured:", len(range(7 // 2)))
# --8<-- [end:cure]
"""
TEST_HALVES = """from listing import run_listing


def test_it_fails_and_is_cured(tmp_path, monkeypatch):
    _, text = run_listing("training_that_does_not_learn.halves", tmp_path, monkeypatch)
    assert "cannot be interpreted as an integer" in text and "cured: 3" in text
"""
GUIDE = "training-that-does-not-learn"
PRINTED = f"docs/captures/{GUIDE}/cpu/halves"
ENTRY = f"""---
guide: 1
---

# A page of the guide

## “cannot be interpreted as an integer” {{ #halves }}

```python
--8<-- "snippets/training_that_does_not_learn/halves.py:fails"
```

```text
--8<-- "{PRINTED}-fails.txt"
```

**Why.** {"A slash makes a float, whatever stands on both sides of it. " * 5}

**The cure.** Two slashes.

```python
--8<-- "snippets/training_that_does_not_learn/halves.py:cure"
```

```text
--8<-- "{PRINTED}-cure.txt"
```

**To be sure.** Print the type. [Lesson](../{SLUG}.md).
"""
GUIDE_NOTEBOOK = f"docs/notebooks/{GUIDE}.ipynb"


def with_an_entry(root):
    folder = GUIDE.replace("-", "_")
    add(root, f"snippets/{folder}/__init__.py", '"""A page of the guide."""\n')
    add(root, f"snippets/{folder}/halves.py", HALVES)
    add(root, f"tests/{folder}/test_halves.py", TEST_HALVES)
    add(root, f"docs/field-guide/{GUIDE}.md", ENTRY)
    add(root, GUIDE_NOTEBOOK, "")


def again(root):
    """Nothing is edited; another number in the capture shows that it is a new one."""

    def age(capture):
        capture["result"]["metrics"]["total"]["median"] = 21.5

    tiny.reseal(root / GROWTH, age)
    git(root, "commit", "-qam", "An old recording")


RECIPES = [
    Recipe("Change a snippet", "steps", changed, "total: 15.0"),
    Recipe("Add a snippet", "hello", with_a_snippet, "hello: 5"),
    Recipe("Add an experiment", "squares", with_an_experiment, "square is 49."),
    Recipe("Add a question", "half", with_a_question, "a half of a half?"),
    Recipe("Add a drawing", "mean", with_a_drawing, "![A line that is called 2.125.]"),
    Recipe(
        "Add an entry to the field guide",
        "halves",
        with_an_entry,
        "cured: 3",
        GUIDE_NOTEBOOK,
    ),
    Recipe("Record again", "growth", again, '"median": 38.75', GROWTH),
]


def git(root: Path, *arguments: str) -> str:
    """What git prints in a tree."""
    done = subprocess.run(
        ["git", *arguments],
        cwd=root,
        env={**os.environ, **AUTHOR},
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


def committed(original: Path, root: Path) -> Path:
    """The tiny tree as a clone of it: in git, set up, its tests in their place."""
    tiny.copy(original, root)
    shutil.copyfile(ROOT / ".gitignore", root / ".gitignore")
    add(root, "scripts/setup", SETUP)
    (root / ".venv").symlink_to(sys.prefix, target_is_directory=True)
    git(root, "init", "-q")
    git(root, "add", ".")
    git(root, "commit", "-qm", "The tree")
    return root


def follow(recipe: Recipe, root: Path) -> list[str]:
    """Type the recipe's commands; returns what each of them printed."""
    path = f"{root / '.venv/bin'}:{os.environ['PATH']}"
    env = {**tiny.environment(), **AUTHOR, "PATH": path}
    env["NO_MKDOCS_2_WARNING"] = "1"
    said = []
    for command in commands(recipe):
        done = subprocess.run(
            command,
            shell=True,
            cwd=root,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )
        assert done.returncode == 0, f"{recipe.title}: {command}\n{done.stdout}"
        said.append(done.stdout)
    return said


@pytest.fixture(scope="module")
def followed(original, tmp_path_factory):
    """Every recipe carried out, two at a time: its tree and what was printed there."""

    def carry_out(recipe):
        root = committed(original, tmp_path_factory.mktemp("recipe") / "tree")
        recipe.edits(root)
        assert recipe.shows not in (root / recipe.where).read_text(encoding="utf-8")
        return root, follow(recipe, root)

    with ThreadPoolExecutor(2) as pool:
        yield {recipe.title: pool.submit(carry_out, recipe) for recipe in RECIPES}


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.title)
def test_a_recipe_ends_well(recipe, followed):
    root, _ = followed[recipe.title].result()
    assert recipe.shows in (root / recipe.where).read_text(encoding="utf-8")
    assert git(root, "status", "--porcelain") == ""
    checked = tiny.run(tiny.CHECK, root)
    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize(
    ("title", "capture"),
    [
        ("Change a snippet", "program"),
        ("Add a snippet", "program"),
        ("Add an experiment", "squares"),
        ("Record again", "growth"),
    ],
)
def test_what_was_recorded_knows_its_commit(title, capture, followed):
    root, _ = followed[title].result()
    text = (root / captured(f"{capture}.json")).read_text(encoding="utf-8")
    assert json.loads(text)["commit"] == git(root, "rev-parse", "--short=12", "HEAD~1")


def test_the_quick_run_took_what_was_new(followed):
    _, said = followed["Add a snippet"].result()
    quick = next(text for text in said if "This runs:" in text)
    assert "tests/tiny_lesson/test_hello.py  (snippets/tiny_lesson/hello.py)" in quick
    assert " 3 passed in " in quick, quick
    _, said = followed["Add a question"].result()
    quick = next(text for text in said if "This runs:" in text)
    assert "snippets/tiny_lesson/questions.yml" in quick and "0 problems" in quick


def test_prebuild_says_what_became_another(followed):
    _, said = followed["Change a snippet"].result()
    assert any("steps-titled: 15.0 instead of 9.0" in text for text in said), said


def test_each_recipe_has_commands():
    every = [commands(recipe) for recipe in RECIPES]
    assert all(len(found) > 3 for found in every)
    order = ["git commit", "python scripts/prebuild.py", "git commit"]
    for found in every[:-1]:
        kept = [line for line in found if line.startswith(tuple(order))]
        assert [re.match(r"\w+ [\w./]+", line)[0] for line in kept] == order
