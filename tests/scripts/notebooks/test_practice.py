"""Practice: a task is its solution with the solution taken out."""

import re

import pytest
from listing import ROOT

from scripts.common.errors import SiteError
from scripts.notebooks import practice
from scripts.page.front_matter import of_lessons

FOLDER = "snippets/my_lesson/practice"
CELL = """\
before = 1
# solution:start
#: Task: add one.
# > after = None  # here
after = before + 1
# solution:end
print(after)"""


def test_unsolved_and_solved():
    assert practice.region(CELL, solved=False) == (
        "before = 1\n# Task: add one.\nafter = None  # here\nprint(after)"
    )
    assert practice.region(CELL, solved=True) == (
        "before = 1\n# Task: add one.\nafter = before + 1\nprint(after)"
    )


def test_a_region_inside_a_function():
    cell = (
        "def f():\n    # solution:start\n    # > pass\n    return 1\n    # solution:end"
    )
    assert practice.region(cell, solved=False) == "def f():\n    pass"
    assert practice.region(cell, solved=True) == "def f():\n    return 1"


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("# solution:start\na = 1", "without its '# solution:end'"),
        ("a = 1\n# solution:end", "'# solution:end' where it does not belong"),
        ("# solution:start\n# solution:start\n# solution:end", "'# solution:start' wh"),
    ],
)
def test_defects_stop_and_are_named(house, cell, message):
    path = house(f"{FOLDER}/exercise_1_x.py", f"# %%\n{cell}\n")
    with pytest.raises(SiteError, match=rf"^{FOLDER}/exercise_1_x\.py: .*{message}"):
        practice.cells(path, solved=True)


def test_includes(house):
    house("snippets/my_lesson/x.py", "a = 1\n")
    text = '# %%\n# --8<-- "snippets/my_lesson/x.py"\n'
    path = house(f"{FOLDER}/exercise_1_x.py", text)
    assert practice.cells(path, solved=False) == [("code", "a = 1", False)]
    path.write_text(text.replace("x.py", "y.py"), encoding="utf-8")
    with pytest.raises(SiteError, match=r"exercise_1_x\.py: .*y\.py does not exist"):
        practice.cells(path, solved=False)


def files_of(house, *names):
    """A practice of files that hold their own names; returns its folder."""
    for name in names:
        path = house(f"{FOLDER}/{name}", f'# %%\nname = "{name}"\n')
    return path.parent


def test_the_intro_and_then_the_exercises_by_their_numbers(house):
    names = ["intro.py", "exercise_2_b.py", "exercise_10_a.py"]
    folder = files_of(house, "__init__.py", *names[::-1])
    assert [path.name for path in practice.files(folder)] == names
    assert practice.joined(folder, solved=True) == [
        ("code", f'name = "{name}"', False) for name in names
    ]


@pytest.mark.parametrize(
    ("names", "held"),
    [
        (["exercise_1_a.py"], "exercise_1_a.py"),
        (["intro.py"], "intro.py"),
        (["intro.py", "exercise_1_a.py", "helper.py"], "helper.py"),
        (["intro.py", "exercise_1_a.py", "exercise_one.py"], "exercise_one.py"),
        (["intro.py", "exercise_1_a.py", "exercise_01_b.py"], "exercise_01_b.py"),
    ],
)
def test_a_file_that_has_no_place_in_the_order_is_named(house, names, held):
    folder = files_of(house, *names)
    with pytest.raises(SiteError, match=rf"^{FOLDER} holds .*{held}.*: it should hold"):
        practice.files(folder)


@pytest.mark.parametrize("lesson", sorted(of_lessons()))
def test_no_cell_of_an_exercise_takes_the_name_of_a_function_of_the_checks(lesson):
    folder = ROOT / "snippets" / lesson.replace("-", "_") / "practice"
    intro = (folder / "intro.py").read_text(encoding="utf-8")
    helpers = set(re.findall(r"^(?:def|class) (\w+)", intro, re.MULTILINE))
    exercises = sorted(folder.glob("exercise_*.py"))
    assert exercises
    for path in exercises:
        cells = path.read_text(encoding="utf-8").split("# %%")
        tasks = [cell for cell in cells if 'tags=["check"]' not in cell]
        assigned = re.findall(r"^(\w+)(?:, \w+)* = ", "\n".join(tasks), re.MULTILINE)
        assert not helpers & set(assigned), path.name
