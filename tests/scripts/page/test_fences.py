"""Fences: one scanner finds them all, and every part knows its place."""

import pytest

from scripts.common.errors import SiteError
from scripts.page.fences import Fence, Line, fences, join, prose, split

PAGE = """\
# Title

    ```text
    --8<-- "x.txt"

      deeper
    ```
After.
> Quoted:
>
> ~~~python title="a"
> a = 1
>
>     ```
> ~~~
>
> > ```
> > b
> > ```

End.
"""


def test_lines_and_fences_in_order():
    first, second, third = fences(PAGE)
    assert first == Fence(3, "text", "```", "    ", ('--8<-- "x.txt"', "", "  deeper"))
    assert second.number == 11 and second.prefix == "> "
    assert (second.language, second.info) == ("python", 'python title="a"')
    assert second.body == ("a = 1", "", "    ```")
    assert third == Fence(17, "", "```", "> > ", ("b",)) and third.language == ""


def test_prose_is_what_stands_in_no_fence_with_its_numbers():
    lines = PAGE.splitlines()
    numbers = [1, 2, 8, 9, 10, 16, 20, 21]
    assert prose(PAGE) == [Line(number, lines[number - 1]) for number in numbers]


def test_parts_joined_are_the_page_again():
    assert join(split(PAGE)) == PAGE


@pytest.mark.parametrize(
    ("text", "indent"),
    [("a", 0), ("  a", 2), ("    ```\n    ```", 4), ("  > ```\n  > ```", 2)],
)
def test_the_indent_of_a_part_counts_its_blanks(text, indent):
    (part,) = split(text)
    assert part.indent == indent
    assert join([part.dedented(2)]) == "".join(
        f"{line[min(indent, 2) :]}\n" for line in text.splitlines()
    )


@pytest.mark.parametrize(
    "text", ["a\n\n```text\nb\n", "a\n\n> ```text\n> b\n\nc\n", "a\n\n~~~\n```\n"]
)
def test_a_fence_that_is_never_closed_is_named(text):
    with pytest.raises(SiteError, match=r"^line 3: the fence (```text|~~~) is never"):
        split(text)


def test_blank_lines_around_what_is_gone_do_not_add_up():
    a, blank, b, *_ = split("a\n\nb")
    assert join([a, blank, None, blank, b]) == "a\n\nb\n"
    assert join([a, None, blank, blank, b]) == "a\n\nb\n"
    assert join([a, None, None, b]) == "a\nb\n"
    assert join([None, blank, b]) == "b\n"
    assert join([a, blank, blank, b]) == "a\n\n\nb\n"
    (fence,) = split("```\n\n```")
    assert join([blank, None, fence, blank]) == "\n```\n\n```\n\n"
