"""Notebooks: valid, the same bytes each time, and all that the page says."""

import base64
import json

import nbformat
import pytest
from notebook_cells import checks, code_cells

from scripts.common.errors import SiteError
from scripts.notebooks import build, markdown_cells
from scripts.page.fences import split

LISTING = """\
# --8<-- [start:one]
print("one")
# --8<-- [end:one]
# capture: volatile - it prints a time
# --8<-- [start:two]
print("two")
# --8<-- [end:two]
"""
PAGE = """\
# Title {: #top }

Prose with `net[0](x)`.

```python
--8<-- "snippets/my_lesson/x.py:one"
```

??? captured "What was captured"

    ```text
    --8<-- "docs/captures/my-lesson/cpu/x-one.txt"
    ```

!!! note "A note"

    Inside.

    ```python title="two.py"
    --8<-- "snippets/my_lesson/x.py:two"
    ```

    ```text
    --8<-- "docs/captures/my-lesson/cpu/x-two.txt"
    ```

    Still inside.

After.
"""
INTRO = """\
# %% [markdown]
# # Practice
"""
EXERCISE = """\
# %% tags=["file-only"]
hidden = 1

# %%
# solution:start
#: Task 1: make it 3.
# > a = None
a = 3
# solution:end

# %% tags=["check"]
# @title Check: task 1
assert a == 3, "Make it three, as the task says."
print("passed")

# %% [markdown] tags=["solution"]
# Because it is so.
"""


@pytest.fixture
def books(house):
    """The paths and texts of a lesson's three notebooks."""
    house("snippets/my_lesson/x.py", LISTING)
    house("snippets/my_lesson/practice/intro.py", INTRO)
    house("snippets/my_lesson/practice/exercise_1_three.py", EXERCISE)
    house("docs/my-lesson.md", PAGE)
    house("docs/captures/my-lesson/cpu/x-one.txt", "one\n")
    house("docs/captures/my-lesson/cpu/x-two.txt", "")
    return {path.name: text for path, text in build.of_lesson("my-lesson").items()}


def without_versions(cells):
    """The cells but for the one that checks the versions, which every notebook has."""
    return [c for c in cells if "versions" not in c["metadata"].get("tags", [])]


def sources(text, kind=None):
    cells = without_versions(json.loads(text)["cells"])
    return ["".join(c["source"]) for c in cells if kind in (None, c["cell_type"])]


def test_three_valid_notebooks(books):
    assert list(books) == [
        "my-lesson.ipynb",
        "my-lesson-practice.ipynb",
        "my-lesson-solutions.ipynb",
    ]
    for text in books.values():
        book = nbformat.reads(text, as_version=4)
        nbformat.validate(book)
        ids = [cell.id for cell in book.cells]
        assert len(set(ids)) == len(ids) >= 3


def test_one_that_is_not_valid_stops_and_says_what_it_was_made_from():
    cell = build.cell("markdown", "Text.", 0)
    cell.metadata["tags"] = ["one, two"]
    with pytest.raises(SiteError, match=r"made from docs/x\.md is not .*one, two"):
        build.dump([cell], "docs/x.md")


def test_a_drawing_that_is_attached_stays_in_one_piece(books):
    """Its data is one text, not a list of lines: some readers show no other."""
    drawing = {"plot-1.svg": {"image/svg+xml": "PHN2Zz4="}}
    text = build.dump([build.cell("markdown", "A\nB", 0, attachments=drawing)], "x")
    (cell,) = json.loads(text)["cells"]
    assert cell["attachments"] == drawing and cell["source"] == ["A\n", "B"]


def test_the_same_bytes_each_time(books):
    again = {p.name: text for p, text in build.of_lesson("my-lesson").items()}
    assert again == books


def test_the_cells_of_a_lesson(books):
    assert sources(books["my-lesson.ipynb"]) == [
        "# Title\n\nProse with `net[0](x)`.",
        'print("one")',
        "> **A note**\n>\n> Inside.",
        'print("two")',
        "> Still inside.\n\nAfter.",
    ]


def test_captured_texts_are_outputs(books):
    cells = without_versions(json.loads(books["my-lesson.ipynb"])["cells"])
    one, two = [cell for cell in cells if cell["cell_type"] == "code"]
    expected = {"name": "stdout", "output_type": "stream", "text": ["one\n"]}
    assert one["outputs"] == [expected] and two["outputs"] == []
    assert one["metadata"] == {"capture": {"name": "x-one"}, **build.HIDDEN}
    assert two["metadata"]["capture"]["volatile"] == "it prints a time"


def test_captured_figures_are_outputs(books, house):
    image = "![A line that rises](captures/my-lesson/cpu/x-one-1.png){ width=1 }"
    text = '    --8<-- "docs/captures/my-lesson/cpu/x-one.txt"\n    ```\n'
    house("docs/my-lesson.md", PAGE.replace(text, f"{text}\n    {image}\n"))
    house("docs/captures/my-lesson/cpu/x-one-1.png", "a picture")
    house("docs/captures/my-lesson/cpu/x-one-2.png", "not shown")
    book = build.lesson_notebook("my-lesson")
    assert book == build.lesson_notebook("my-lesson")
    nbformat.validate(nbformat.reads(book, as_version=4))
    assert sources(book) == sources(books["my-lesson.ipynb"])
    text, *figures = without_versions(json.loads(book)["cells"])[1]["outputs"]
    assert text["text"] == ["one\n"] and len(figures) == 2
    assert figures[0]["output_type"] == "display_data"
    data = figures[0]["data"]
    assert base64.b64decode(data["image/png"]) == b"a picture"
    assert data["text/plain"] == ["A line that rises"]


def test_a_figure_that_does_not_exist_stops_and_is_named(books, house):
    house("docs/my-lesson.md", PAGE + "\n![It rises](captures/x/cpu/gone-1.png)\n")
    with pytest.raises(SiteError, match=r"^my-lesson\.md: .*gone-1\.png does not"):
        build.lesson_notebook("my-lesson")


def test_an_image_that_is_no_output_is_attached(house):
    house("docs/captures/x/cpu/y-1.png", "a picture")
    line = "> ![It rises](captures/x/cpu/y-1.png){ width=1 height=1 }"
    text, images = markdown_cells.plain(f"Text:\n\n{line}\n\nAnd `{line[2:]}`.")
    assert text == (
        f"Text:\n\n> ![It rises](attachment:figure-1.png)\n\nAnd `{line[2:]}`."
    )
    assert base64.b64decode(images["figure-1.png"]["image/png"]) == b"a picture"


def test_an_error_bears_the_name_of_the_page(books, house):
    house("docs/my-lesson.md", PAGE + "{{ my-lesson.x.y.z }}\n")
    with pytest.raises(SiteError, match=r"^my-lesson\.md: .*x\.json"):
        build.of_lesson("my-lesson")


def test_what_a_gpu_printed_is_shown_and_is_no_output(books, house):
    gpu = PAGE.replace("/cpu/x-one", "/cuda/x-one")
    house("docs/my-lesson.md", gpu)
    house("docs/captures/my-lesson/cuda/x-one.txt", "one, on a GPU\n")
    book = build.lesson_notebook("my-lesson")
    shown = "> **What was captured**\n>\n> ```text\n> one, on a GPU\n> ```"
    assert shown in sources(book)[2]
    cell = without_versions(json.loads(book)["cells"])[1]
    assert cell["metadata"] == {"capture": {"name": "x-one"}}
    assert cell["outputs"][0]["text"] == ["one\n"]


def test_a_box_that_a_gpu_would_have_filled_is_gone(books, house):
    box = '    --8<-- "docs/captures/my-lesson/cpu/x-one.txt"\n    ```\n'
    gpu = "\n    {{ if cuda.program }}\n    GPU.\n    {{ end }}\n"
    house("snippets/my_lesson/__init__.py", 'DEVICES = ("cpu", "cuda")\n')
    house("docs/my-lesson.md", PAGE.replace(box, box + gpu))
    assert build.lesson_notebook("my-lesson") == books["my-lesson.ipynb"]


def test_practice_and_solutions(books):
    assert sources(books["my-lesson-practice.ipynb"], "code") == [
        "# Task 1: make it 3.\na = None",
        '# @title Check: task 1\nassert a == 3, "Make it three, as the task says."\n'
        'print("passed")',
    ]
    solved = sources(books["my-lesson-solutions.ipynb"])
    assert solved[1] == "# Task 1: make it 3.\na = 3"
    assert solved[-1] == "Because it is so."


def test_checks_are_found_again(books, tmp_path):
    path = tmp_path / "x.ipynb"
    path.write_text(books["my-lesson-practice.ipynb"], encoding="utf-8")
    assert [name for name, _ in code_cells(path)] == [f"cell-{n}" for n in (1, 2, 3, 4)]
    assert checks(path) == {"cell-4"}


def test_a_code_cell_with_a_title_is_folded_and_others_are_not(books, house):
    check = json.loads(books["my-lesson-practice.ipynb"])["cells"][-1]
    assert check["metadata"] == {
        "tags": ["check"],
        "cellView": "form",  # Colab
        "jupyter": {"source_hidden": True},  # JupyterLab
    }
    folder = "snippets/my_lesson/practice"
    house(f"{folder}/intro.py", INTRO.replace("# # Practice", "# # @title Practice"))
    house(
        f"{folder}/exercise_1_three.py",
        EXERCISE.replace("# @title Check: task 1\n", "").replace(
            "# Because", "# # @title Because"
        ),
    )
    files = {p.name: text for p, text in build.of_lesson("my-lesson").items()}
    for name in ("my-lesson-practice.ipynb", "my-lesson-solutions.ipynb"):
        for cell in json.loads(files[name])["cells"]:
            assert not {"cellView", "jupyter"} & set(cell["metadata"]), cell


def test_prose_in_plain_markdown():
    text, images = markdown_cells.plain(
        "## A `title` { #there }\n\n"
        "A [link](other.md#x), a [`code` link](#y){ .z }, a [real](https://a.b/).\n"
        "`layers[0](x)` stays.\n\n```text\n# x {y}\n[a](b)\n\n\n\nc\n```\n"
    )
    assert text == (
        "## A `title`\n\n"
        "A link, a `code` link, a [real](https://a.b/).\n"
        "`layers[0](x)` stays.\n\n```text\n# x {y}\n[a](b)\n\n\n\nc\n```"
    )
    assert images == {}


def test_plots_are_attached():
    svg = '<svg class="plot" a="b">\n<title>It rises.</title>\n</svg>'
    text, images = markdown_cells.plain(
        f"<figure markdown>\n{svg}\n<figcaption>Today</figcaption>\n</figure>"
    )
    assert text == "![It rises.](attachment:plot-1.svg)\n\n*Today*"
    encoded = images["plot-1.svg"]["image/svg+xml"]
    assert base64.b64decode(encoded).decode() == svg


def test_a_plot_in_an_admonition_stays_there():
    svg = '<svg class="plot">\n    <title>It rises.</title>\n    </svg>'
    caption = "<figcaption>\n\n    On a GPU; `x`.\n\n    </figcaption>"
    figure = f"    <figure>\n\n    {svg}\n\n    {caption}\n\n    </figure>\n"
    ((_, text, images),) = markdown_cells.parts(f"!!! note\n\n{figure}\nAfter.\n")
    assert text == (
        "> **Note**\n>\n> ![It rises.](attachment:plot-1.svg)\n>\n"
        "> *On a GPU; `x`.*\n\nAfter."
    )
    assert len(images) == 1


def test_a_blank_line_before_the_end_of_a_fence_goes():
    text = "> ```text\n> a\n>\n> b\n>\n> ```\n\n```text\nc\n\n```"
    assert markdown_cells.plain(text)[0] == (
        "> ```text\n> a\n>\n> b\n> ```\n\n```text\nc\n```"
    )


def test_nested_admonitions_are_nested_quotes():
    text = '!!! note\n\n    One.\n\n    ??? tip "Deep"\n\n        Two.\n\nThree.\n'
    assert markdown_cells.parts(text) == [
        (
            "markdown",
            "> **Note**\n>\n> One.\n>\n> > **Deep**\n> >\n> > Two.\n\nThree.",
            {},
        )
    ]


def test_an_output_to_be_predicted_is_folded_and_others_are_not():
    closed = (
        '??? captured "Then"\n\n    ```text\n    --8<-- "docs/captures/x/cpu/a-b.txt"\n'
    )
    opened = '```text\n--8<-- "docs/captures/x/cpu/c-d.txt"\n```\n'
    assert build.predicted(split(f"{closed}    ```\n\n{opened}")) == {"a-b"}


def test_front_matter_is_no_cell():
    text = "---\ndescription: x\n---\n\n# Title\n\n---\nnot this\n---\n"
    assert build.FRONT_MATTER.sub("", text) == "\n# Title\n\n---\nnot this\n---\n"
