"""Lint: nothing typed into a page that has to come from a run."""

import pytest

from scripts.common.errors import SiteError
from scripts.content import lint


@pytest.mark.parametrize(
    "text",
    [
        "12 ms", "1.5 s", "3 seconds", "5 minutes", "99 %", "99%", "20 percent",
        "2.5×", "3 times faster", "4 times as long", "32 MB", "1 GiB", "400 samples/s",
        "**12** takes 1,200 ms", "(74 %)",
    ],
)  # fmt: skip
def test_measurements_are_found(text):
    found = list(lint.measurements("x.md", f"\nIt is {text}.\n"))
    assert len(found) == 1 and found[0].startswith("x.md, line 2: '")


@pytest.mark.parametrize(
    "text",
    [
        "{{ a.b.c.median }} ms", "30 minutes to read", "3 snippets", "epoch 47 of 50",
        "lesson 2.1.4", "784 inputs", "seed 0", "Python 3.11", "2 sections",
    ],
)  # fmt: skip
def test_other_numbers_are_not(text):
    assert list(lint.measurements("x.md", f"It is {text}.\n")) == []


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("A.\n\n    - b\n- c\n", 3),
        ("!!! card\n\n    ```text\n    x\n    ```\n\n        - b\n", 7),
        ("- a\n\n    b\n\n        c\n", 5),
        ("??? box\n\n        A.\n", 3),
        ("A.\n\n    ```text\n    x\n    ```\n", 3),
    ],
)
def test_what_markdown_takes_for_code_is_found(text, line):
    (found,) = lint.indented("x.md", text)
    assert found.startswith(f"x.md, line {line}: ") and "it is code" in found


@pytest.mark.parametrize(
    "text",
    [
        "A.\n\n- b\n  c\n\n    d\n\nE.\n",
        "!!! card\n\n    A.\n\n    ??? box\n\n        B.\n\n    C.\n",
        "1. a\n\n    ```text\n        x\n    ```\n\n    b\n",
        "A\n    long line goes on.\n",
        "- a\n    - b\n\n        c\n",
    ],
)
def test_what_stands_in_a_box_or_an_item_is_no_code(text):
    assert list(lint.indented("x.md", text)) == []


def test_fences_are_no_prose():
    assert list(lint.measurements("x.md", "```text\n12 ms\n```\n")) == []


@pytest.mark.parametrize(
    ("fence", "message"),
    [
        ("```py\n{}\n```", "```py has to be"),
        ("```Python3\n{}\n```", "```Python3 has to be"),
        ("```{.python}\n{}\n```", "has to be ```python"),
        ("~~~python\n{}\n~~~", "has to be ```python"),
        ("```\n{}\n```", "a fence in '' is none of"),
        ("```bash\n{}\n```", "a fence in 'bash' is none of"),
        ("```{ .python }\n{}\n```", "has to be ```python"),
        ("```python\n{}\nx = 1\n```", "code is typed"),
        ("```python\n```", "code is typed"),
        ("```text\n{}\n```", "output is typed"),
        ("```text\nhello\n```", "output is typed"),
        ("```text\nhello", "never closed"),
    ],
)
def test_fences_that_may_not_be(fence, message):
    text = "Prose.\n\n" + fence.replace("{}", '--8<-- "snippets/x.py:y"') + "\n"
    found = list(lint.wrong_fences("x.md", text))
    assert len(found) == 1 and message in found[0]
    assert found[0].startswith(("x.md, line 3", "x.md: line 3"))


def test_fences_as_they_should_be():
    text = (
        '```python title="a"\n--8<-- "snippets/x.py:y"\n```\n'
        '    ```text\n    --8<-- "docs/captures/x/cpu/x-y.txt"\n    ```\n'
    )
    assert list(lint.wrong_fences("x.md", text)) == []


@pytest.mark.parametrize(
    ("marks", "lost"),
    [("1 3-4", []), ("1-2 4", [2]), ("4-6", [5, 6]), ("5", [5])],
)
def test_marked_lines_that_are_blank_or_not_there(house, marks, lost):
    house("snippets/x.py", "# --8<-- [start:y]\na\n\nb\nc\n# --8<-- [end:y]\n")
    fence = f'```python hl_lines="{marks}"\n--8<-- "snippets/x.py:y"\n```\n'
    says = "x.md, line 1: hl_lines marks line {}, where snippets/x.py has no code"
    assert list(lint.wrong_fences("x.md", fence)) == [says.format(n) for n in lost]


def test_marked_lines_of_a_section_that_is_not_there(house):
    fence = '```python hl_lines="1"\n--8<-- "snippets/x.py:y"\n```\n'
    with pytest.raises(SiteError, match=r"x\.md, line 1: .*x\.py does not exist"):
        list(lint.wrong_fences("x.md", fence))


def test_captures_that_are_not_shown(house):
    for name, text in {"a-b": "1\n", "a-c": "2\n", "a-d": ""}.items():
        house(f"docs/captures/my-lesson/cpu/{name}.txt", text)
    house("docs/my-lesson.md", '--8<-- "docs/captures/my-lesson/cpu/a-b.txt"\n')
    assert lint.unused_captures("my-lesson") == ["a-c"]


def test_what_a_gpu_printed_need_not_be_shown_and_shows_nothing_else(house):
    house("docs/captures/my-lesson/cpu/a-b.txt", "1\n")
    house("docs/captures/my-lesson/cuda/a-b.txt", "1\n")
    house("docs/captures/my-lesson/cuda/a-c.txt", "1\n")
    house("docs/my-lesson.md", '--8<-- "docs/captures/my-lesson/cuda/a-b.txt"\n')
    assert lint.unused_captures("my-lesson") == ["a-b"]
