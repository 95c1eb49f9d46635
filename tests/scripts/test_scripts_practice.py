"""Practice: a task is its solution with the solution taken out."""

import pytest

from scripts.common.errors import SiteError
from scripts.notebooks import practice

CELL = """\
before = 1
# solution:start
#: Task: add one.
#> after = None  # here
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
        "def f():\n    # solution:start\n    #> pass\n    return 1\n    # solution:end"
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
    path = house("snippets/my_lesson/practice.py", f"# %%\n{cell}\n")
    with pytest.raises(SiteError, match=rf"practice\.py: .*{message}"):
        practice.cells(path, solved=True)


def test_includes(house):
    house("snippets/my_lesson/x.py", "a = 1\n")
    text = '# %%\n# --8<-- "snippets/my_lesson/x.py"\n'
    path = house("snippets/my_lesson/practice.py", text)
    assert practice.cells(path, solved=False) == [("code", "a = 1", False)]
    path.write_text(text.replace("x.py", "y.py"), encoding="utf-8")
    with pytest.raises(SiteError, match=r"practice\.py: .*y\.py does not exist"):
        practice.cells(path, solved=False)
