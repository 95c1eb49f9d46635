"""Practice notebooks on the site: every cell, and nothing of mkdocs-jupyter's own."""

import json
import re
from html import unescape
from types import SimpleNamespace

import pytest
from playwright.sync_api import expect

from scripts.common.errors import SiteError
from scripts.common.paths import TREE, lessons
from scripts.web import notebook_pages, slim_code

CELL = (
    '<div class="jupyter-wrapper"><div class="jp-Cell jp-CodeCell {outer}">'
    '<div class="jp-Cell jp-CodeCell" id="cell-id=1">'
    '<div class="highlight-ipynb hl-python"><pre>a = 1\n</pre></div>{more}'
    "</div></div></div>"
)


def test_every_code_cell_is_there_with_its_text(site):
    notebooks = sorted(TREE.notebooks.glob("*-practice.ipynb"))
    assert len(notebooks) == 3
    for path in notebooks:
        html = (site / "notebooks" / path.stem / "index.html").read_text(
            encoding="utf-8"
        )
        article = html[html.index("<article") : html.index("</article>")]
        shown = re.findall(r"<pre><span><code>(.*?)</code></span></pre>", article, re.S)
        texts = [unescape(re.sub(r"<[^>]*>", "", code)).strip() for code in shown]
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        codes = ["".join(c["source"]) for c in cells if c["cell_type"] == "code"]
        assert texts == [code.strip() for code in codes], path.name
        checks = sum("check" in c["metadata"].get("tags", []) for c in cells)
        marks = len(
            re.findall('<(?:p class="check"|details class="check-cell")>', article)
        )
        assert marks == checks > 3, path.name
        assert article.count("<h1") == 1
        classes = set(re.findall(r'<span class="(\w+)">', "".join(shown)))
        others = set(slim_code.SHOWN) - set(slim_code.COLOURS)
        assert {"k", "s", "c"} <= classes and not classes & others, "as in a lesson"
        titles = [code.split("\n")[0] for code in codes if code.startswith("# @title")]
        boxes = re.findall(r"<details[^>]*><summary>(.*?)</summary>", article)
        given = [box for box in boxes if box.startswith("Given: ")]
        assert given, path.name
        folded = [box for box in boxes if box not in given]
        assert folded == [title.removeprefix("# @title ") for title in titles]
        assert len(folded) > 1 and "<details open" not in article
        for foreign in ("<style", "<script", "jp-", "cdn", "¶", "clipboard-copy"):
            assert foreign not in article, f"{path.name}: {foreign}"


def prose(html):
    """A cell of prose, as mkdocs-jupyter writes it."""
    return (
        '<div class="jp-Cell jp-MarkdownCell" id="m">'
        f'<div class="jp-RenderedMarkdown">{html}</div></div>'
    )


def code(text):
    """A cell of code, in the same way."""
    return (
        '<div class="jp-Cell jp-CodeCell" id="c">'
        f'<div class="highlight-ipynb hl-python"><pre>{text}</pre></div></div>'
    )


def test_what_is_given_is_one_box_until_it_is_the_readers_turn():
    cells = [
        prose("<h1>Practice</h1>"),
        code("a = 1\nb = 2\n"),
        code("c = 3\n"),
        code("# @title Not to be read\nd = 4\n"),
        prose("<h2>Exercise 1</h2>"),
        code("e = 5\n"),
        prose("<h2>Given: a net</h2>"),
        code("f = 6\n"),
    ]
    made = notebook_pages.clean('<div class="jupyter-wrapper">' + "".join(cells))
    boxes = re.findall(r"<details><summary>(.*?)</summary>(.*?)</details>", made, re.S)
    assert [says for says, _ in boxes] == [
        "Given: 2 cells, 3 lines of code to run as they are",
        "Not to be read",
        "Given: 1 cell, 1 line of code to run as they are",
    ]
    first, _, last = (inside for _, inside in boxes)
    assert "b = 2" in first and "c = 3" in first and "f = 6" in last
    assert "<details" not in made[made.index("Exercise 1") : made.index("Given: a")]


@pytest.mark.parametrize("slug", lessons())
def test_the_first_thing_to_do_is_near(visit, slug):
    page = visit(f"notebooks/{slug}-practice/").page
    first = page.locator("article h2").first
    assert first.bounding_box()["y"] < 1500
    page.mouse.wheel(0, 900)
    bar = page.locator(".md-header__title--active .md-header__topic").last
    expect(bar).to_be_visible()
    assert bar.inner_text().strip().startswith("Practice: ")


def test_a_check_is_told_apart():
    made = notebook_pages.clean(CELL.format(outer="celltag_check", more=""))
    assert made.startswith('<p class="check">Check</p>\n<div class="language-python')
    assert "Check" not in notebook_pages.clean(CELL.format(outer="", more=""))


def test_a_cell_with_a_title_is_folded_below_it():
    html = CELL.replace("a = 1", '<span class="c1"># @title A &amp; b</span>\na = 1')
    made = notebook_pages.clean(html.format(outer="celltag_check", more=""))
    assert made == (
        '<details class="check-cell"><summary>A &amp; b</summary>\n'
        '<div class="language-python highlight"><pre><code>'
        '<span class="c1"># @title A &amp; b</span>\na = 1\n</code></pre></div>\n'
        "</details>"
    )
    other = notebook_pages.clean(html.format(outer="", more=""))
    assert other.startswith("<details><summary>A &amp; b")
    assert "A &amp; b" not in notebook_pages.clean(CELL.format(outer="", more=""))


@pytest.mark.parametrize(
    ("html", "says"),
    [
        ("<p>something else</p>", "gave no cells"),
        (CELL.format(outer="", more='<div class="jp-OutputArea-output"></div>'), "=1"),
        (
            '<div class="jupyter-wrapper"><div class="jp-Cell jp-MarkdownCell" id="m">'
            '<div class="jp-RenderedMarkdown"><img src="x.png"></div></div></div>',
            "no text alternative",
        ),
    ],
)
def test_what_it_does_not_know_stops_the_build(html, says):
    with pytest.raises(SiteError, match=says):
        notebook_pages.clean(html)


def test_what_a_notebook_cannot_say_itself():
    uri = "notebooks/gpu-training-practice.ipynb"
    page = SimpleNamespace(file=SimpleNamespace(src_uri=uri), meta={})
    page.title = "2 · GPU Training"
    assert notebook_pages.is_notebook(page)
    notebook_pages.prepare(page)
    assert page.meta["title"] == "Practice: GPU Training"
    assert page.meta["practice"] == "gpu-training"
    assert page.meta["search"] == {"exclude": True}
    assert 40 <= len(page.meta["description"]) <= 200
