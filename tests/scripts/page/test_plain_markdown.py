"""One page, and what becomes of it in a notebook and as plain Markdown."""

import base64

import pytest

from scripts.notebooks import markdown_cells
from scripts.page.fences import split
from scripts.page.plain_markdown import PlainMarkdown, title, unboxed
from scripts.web import markdown_pages

PLOT = '<svg class="plot" a="b">\n    <title>It\n    rises.</title>\n    </svg>'
PAGE = f"""\
# Title {{: #top }}

!!! note "A `box`"
    A [link](other.md) {{ .x }}

    ??? tip

        <p>Deep &amp; `<p>`</p>

        ```text
        a  {{ .y }}

        !!! note
        ```

    {PLOT}

> ```text
> [b](c)
> ```

End.

"""


def test_a_notebook_quotes_what_stands_in_boxes():
    ((kind, text, attached),) = markdown_cells.parts(PAGE)
    assert kind == "markdown" and text == (
        "# Title\n\n> **A `box`**\n>\n> A link\n>\n> > **Tip**\n> >\n"
        "> > <p>Deep &amp; `<p>`</p>\n> >\n"
        "> > ```text\n> > a  { .y }\n> >\n> > !!! note\n> > ```\n>\n"
        "> ![It rises.](attachment:plot-1.svg)\n\n> ```text\n> [b](c)\n> ```\n\nEnd."
    )
    svg = base64.b64decode(attached["plot-1.svg"]["image/svg+xml"]).decode()
    assert svg.split() == PLOT.split()


def test_a_plain_page_has_no_boxes_and_no_tags():
    assert markdown_pages.markdown(PAGE) == (
        "# Title\n\n**A `box`**\n\nA [link](other.md)\n\n**Tip**\n\n"
        "Deep & `<p>`\n\n```text\na  { .y }\n\n!!! note\n```\n\n[Plot: It rises.]\n\n"
        "> ```text\n> [b](c)\n> ```\n\nEnd.\n"
    )


VERDICT = """\
!!! verdict "What is true"

    It moves.

```python hl_lines="1"
x = 1
```
"""


def test_a_verdict_and_marked_lines():
    (_, text, _), (kind, *_) = markdown_cells.parts(VERDICT)
    assert text == "> **What is true**\n>\n> It moves." and kind == "code"
    assert markdown_pages.markdown(VERDICT) == (
        "**What is true**\n\nIt moves.\n\n```python\nx = 1\n```\n"
    )


def test_a_python_fence_in_a_box_is_a_cell_and_the_box_goes_on():
    text = "!!! note\n\n    A.\n\n    ```python\n    a = 1\n    ```\n\n    B.\n\nC.\n"
    assert [part[:2] for part in markdown_cells.parts(text)] == [
        ("markdown", "> **Note**\n>\n> A."),
        ("code", ""),
        ("markdown", "> B.\n\nC."),
    ]


def test_a_blank_line_belongs_to_what_follows_it():
    parts = list(unboxed(split('!!! note "N"\n\n    A.\n\nB.\n\n')))
    assert [(part.text, depth) for part, depth in parts] == [
        ("**N**", 1), ("", 1), ("", 1), ("A.", 1), ("", 0), ("B.", 0),
    ]  # fmt: skip


def test_code_in_code_comes_back_whole():
    text = "A <code>b `c` &lt;d&gt;</code>.\n"
    assert markdown_pages.markdown(text) == "A `b `c` <d>`.\n"


def test_a_plot_without_a_title_says_nothing():
    assert title('<svg class="plot"></svg>') == ""
    text = 'A.\n\n<svg class="plot"></svg>\n'
    assert markdown_pages.markdown(text) == "A.\n"


@pytest.mark.parametrize(
    ("method", "arguments"),
    [("line", ("a", 0)), ("fence", (None, 0)), ("plot", ("",)), ("prose", ("a",))],
)
def test_a_target_has_to_say_how_it_writes(method, arguments):
    with pytest.raises(NotImplementedError):
        getattr(PlainMarkdown(), method)(*arguments)


def test_lines_of_one_cell_do_not_become_one_word():
    assert markdown_pages.markdown("| a<br><code>b</code> |") == "| a; `b` |\n"
