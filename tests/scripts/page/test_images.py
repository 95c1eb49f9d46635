"""Figures: shown with words and their true size, or the check says what is wrong."""

from io import BytesIO

import pytest
from PIL import Image

from scripts.common.errors import SiteError
from scripts.content import lint
from scripts.notebooks import build
from scripts.page import images
from scripts.page.fences import split


def drawn(format):
    """The bytes of a picture that is 6 pixels wide and 4 high."""
    file = BytesIO()
    Image.new("L", (6, 4)).save(file, format)
    return file.getvalue()


PNG = drawn("PNG")
SOURCE = "captures/my-lesson/cpu/x-one-1.png"
ALT = "A line that rises slowly"
IMAGE = f"![{ALT}]({SOURCE}){{ width=6 height=4 loading=lazy }}"


@pytest.fixture
def png(house):
    """A tree with one figure."""
    path = house(f"docs/{SOURCE}")
    path.write_bytes(PNG)
    return path


def test_images_of_a_page():
    text = f"`{IMAGE}`\n\n```text\n{IMAGE}\n```\n\n    {IMAGE}\n\nIn a line: {IMAGE}.\n"
    first, second = images.images(text)
    assert (first.line, first.alt, first.source) == (7, ALT, SOURCE)
    assert first.size == (6, 4) and first.alone and images.is_output(first)
    assert second.line == 9 and not second.alone


def test_an_image_as_it_should_be(png):
    assert list(images.problems(f"Prose.\n\n    {IMAGE}\n")) == []
    assert list(images.problems("Prose with `<img>` and `![](x.png)`.\n")) == []
    images.check(IMAGE)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (f"Here: {IMAGE}", "has to stand alone on its line"),
        (IMAGE.replace(ALT, "A line"), "needs 5 words or more"),
        (IMAGE.replace(ALT, ""), "needs 5 words or more"),
        (IMAGE.replace("one-1", "one-2"), "does not exist in docs/"),
        (IMAGE.replace(SOURCE, "https://a.b/c.png"), "does not exist in docs/"),
        (IMAGE.replace(SOURCE, "page.md"), "cannot be shown: it is no PNG"),
        (IMAGE.replace("width=6", "width=60"), "{ width=6 height=4 loading=lazy }"),
        (IMAGE.replace("height=4", "height=4px"), "{ width=6 height=4 loading=lazy }"),
        (IMAGE.replace(" height=4", ""), "{ width=6 height=4 loading=lazy }"),
        (IMAGE.partition("{")[0], "{ width=6 height=4 loading=lazy }"),
        (f'<img src="{SOURCE}" alt="{ALT}">', "not as HTML"),
    ],
)
def test_images_that_may_not_be(png, house, line, problem):
    house("docs/page.md", "# A page and no image\n")
    (found,) = images.problems(f"# Title\n\n{line}\n")
    assert found.startswith("line 3: ") and problem in found


def test_the_check_names_page_and_line(png, house):
    house("docs/my-lesson.md", f"{IMAGE.replace(ALT, '')}\n")
    house("snippets/my_lesson/questions.yml", "predictions: {}\nretrieval: []\n")
    (found,) = lint.problems()
    assert found.startswith(f"my-lesson.md, line 1: the image {SOURCE} needs 5 words")


def test_a_figure_that_no_page_shows(png, house):
    assert images.not_shown("my-lesson", IMAGE) == []
    assert images.not_shown("my-lesson", f"`{IMAGE}`") == ["x-one-1.png"]
    house("docs/captures/my-lesson/cuda/x-one-1.png")
    assert images.not_shown("my-lesson", IMAGE) == []


def test_a_missing_image_stops():
    with pytest.raises(SiteError, match=r"x-one-1\.png does not exist"):
        images.check(f"Prose.\n\n{IMAGE}\n")


def test_the_figures_of_a_block_in_their_order(png, house):
    for name in ("x-one-10", "x-one-2", "x-one-two-1", "y-one-1", "x-one"):
        house(f"docs/captures/my-lesson/cpu/{name}.png")
    names = [path.stem for path in images.of_block("my-lesson", "x-one")]
    assert names == ["x-one-1", "x-one-2", "x-one-10"]


def test_what_is_no_png_has_no_size():
    assert images.size(PNG) == (6, 4)
    for content in (b"", drawn("JPEG"), PNG[:10], PNG[:20], PNG[:25] + b"X" + PNG[26:]):
        with pytest.raises(SiteError, match="no PNG"):
            images.size(content)


def test_a_closed_result_that_holds_a_figure_is_predicted():
    closed, opened = f'??? captured "Then"\n\n    {IMAGE}\n', f"Prose.\n\n{IMAGE}\n"
    assert build.predicted(split(closed)) == {"x-one"}
    assert build.predicted(split(opened)) == set()
