"""Pages: what is a block, what is missing, and whose name an error bears."""

import pytest

from scripts.common.errors import SiteError
from scripts.common.paths import TREE
from scripts.content import substitutions
from scripts.notebooks import build
from scripts.page import program
from scripts.page.includes import expand_text

LISTING = """\
# --8<-- [start:one]
a = 1
# --8<-- [end:one]
# capture: volatile - it prints a time
# capture: tolerance 1e-2 - other processors
# --8<-- [start:two]
b = 2
# --8<-- [end:two]
# --8<-- [start:empty]
# nothing but a comment
# --8<-- [end:empty]
"""
ONE = '```python\n--8<-- "snippets/my_lesson/x.py:one"\n```\n'
TWO = '```python title="x.py"\n--8<-- "snippets/my_lesson/x.py:two"\n```\n'
GONE = '```text\n--8<-- "docs/captures/my-lesson/cpu/x-one.txt"\n```\n'


@pytest.fixture
def page(house):
    """Write the lesson's page; its listing is there."""
    house("snippets/my_lesson/x.py", LISTING)
    return lambda text: house("docs/my-lesson.md", text)


def test_expand_includes_and_fills(page):
    text = page(f"# Title\n\n{ONE}").read_text(encoding="utf-8")
    expanded = expand_text(substitutions.fill(text, "my-lesson"))
    assert expanded == "# Title\n\n```python\na = 1\n```\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GONE, "docs/captures/my-lesson/cpu/x-one.txt does not exist"),
        (ONE.replace("one", "three"), "section 'three' .* snippets/my_lesson/x.py"),
        (ONE.replace("x.py", "y.py"), "snippets/my_lesson/y.py does not exist"),
        ("```text\n", "line 1: the fence ```text is never closed"),
        ("{{ my-lesson.x.y.z }}", "docs/captures/my-lesson/cpu/x.json"),
    ],
)
def test_errors_bear_the_name_of_the_page(page, text, message):
    page(text)
    with pytest.raises(SiteError, match=rf"^my-lesson\.md: .*{message}"):
        build.lesson_notebook("my-lesson")


def test_running_tolerates_missing_captures_only(page):
    page(ONE + GONE)
    assert [block.code for block in program.program("my-lesson")] == ["a = 1\n"]
    page(ONE.replace("one", "three"))
    with pytest.raises(SiteError, match="'three'"):
        program.program("my-lesson")


def test_numbers_are_no_reason_not_to_run(page):
    page(f"{{{{ my-lesson.x.y.z }}}}\n\n{ONE}")
    assert [block.code for block in program.program("my-lesson")] == ["a = 1\n"]


def test_every_python_fence_is_a_block(page):
    lines = '```python hl_lines="1"\n--8<-- "snippets/my_lesson/y.py"\n```\n'
    page(f"{ONE}\n{TWO}\n{lines}\n```diff\n- a\n```\n").with_name("x").touch()
    (TREE.root / "snippets/my_lesson/y.py").write_text("c = 3\n", encoding="utf-8")
    names = [block.name for block in program.program("my-lesson")]
    assert names == ["x-one", "x-two", "y"]


def test_a_fence_inside_an_admonition_is_a_block(page):
    inner = "\n".join(f"    {line}" for line in ONE.splitlines())
    page(f'!!! note "Title"\n\n{inner}\n\nAfter.\n')
    assert [block.code for block in program.program("my-lesson")] == ["a = 1\n"]


def test_marks_stand_above_a_section(page):
    page(ONE + TWO)
    one, two = program.program("my-lesson")
    assert (one.tolerance, one.tolerance_reason, one.volatile) == (1e-3, None, None)
    assert (two.tolerance, two.tolerance_reason) == (1e-2, "other processors")
    assert two.volatile == "it prints a time"


@pytest.mark.parametrize(
    "mark", ["volatle - why", "tolerance - why", "tolerance much - why", "volatile"]
)
def test_marks_that_are_not_understood_stop(page, house, mark):
    house(
        "snippets/my_lesson/x.py",
        LISTING.replace("volatile - it prints a time", mark),
    )
    page(TWO)
    with pytest.raises(SiteError, match=rf"x\.py, line 4: .*{mark}"):
        program.program("my-lesson")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (ONE + ONE, "x-one appears more than once"),
        (ONE.replace("one", "empty"), "block x-empty is empty"),
        ("```python\nprint(1)\n```\n", "line 1: .* no typed code"),
        (ONE.replace("```\n", "c = 3\n```\n", 1), "Python fence"),
    ],
)
def test_programs_that_are_none(page, text, message):
    page(text)
    with pytest.raises(SiteError, match=rf"my-lesson\.md.*{message}"):
        program.program("my-lesson")


def test_a_block_that_is_not_python(page, house):
    house("snippets/my_lesson/x.py", LISTING.replace("a = 1", "a = = 1"))
    page(ONE)
    with pytest.raises(SiteError, match="block x-one is not Python"):
        program.program("my-lesson")
