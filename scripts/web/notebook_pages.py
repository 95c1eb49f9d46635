"""Practice notebooks as pages of the site: mkdocs-jupyter's HTML, made anew.

Of what it writes, only the cells are taken. Its styles, its scripts and its boxes in
boxes stay behind, and code gets the elements that the theme gives to code. Jupyter
cannot fold several cells; a page can: what is given, before the first exercise and in
sections that say so, is one box that opens.
"""

from collections.abc import Iterator
from itertools import groupby

from bs4 import BeautifulSoup, Tag
from markupsafe import Markup

from scripts.common import disk_cache
from scripts.common.errors import SiteError
from scripts.content.templating import render, source
from scripts.notebooks.folded import TITLE
from scripts.web.slim_code import slim

STYLES = "notebook.css"
CELLS = '<div class="jupyter-wrapper">'
ENDING = "-practice.ipynb"
EMPTY = "<span></span>"  # Pygments writes one before code; slim_code knows none
TEMPLATES = ("given_cells.html", "code_cell.html")
GIVEN = "Given: "  # how the heading of a section begins that asks for nothing


def is_notebook(page) -> bool:
    """Is this page made from a notebook?"""
    return page.file.src_uri.endswith(".ipynb")


def slug(page) -> str:
    """The lesson that a practice notebook belongs to."""
    return page.file.src_uri.rpartition("/")[2].removesuffix(ENDING)


def prepare(page) -> None:
    """Tell the templates what a notebook's file cannot say."""
    lesson = page.title.partition("·")[2].strip() or page.title
    lesson = lesson.removeprefix("Practice: ")  # as the menu names it
    page.meta |= {
        "title": f"Practice: {lesson}",
        "description": f"Exercises of the lesson {lesson}, from guided to independent. "
        "Each has a check that says what is still wrong, and a solution.",
        "search": {"exclude": True},
        "styles": STYLES,
        "practice": slug(page),
    }


def cleaned(html: str, page) -> str:
    """A notebook's page as the site shows it, remembered. SiteError: see clean."""

    def make() -> str:
        # Slim before too: a tenth of the elements is to be read
        return slim(clean(slim(html)))

    behind = [html, *map(source, TEMPLATES)]
    return disk_cache.recall(f"page-{slug(page)}{ENDING}", behind, make)


def clean(html: str) -> str:
    """The cells of a notebook as the theme's own elements.

    Raises SiteError if mkdocs-jupyter wrote something that is not known here.
    """
    _, found, body = html.partition(CELLS)
    soup = BeautifulSoup(body, "html.parser")
    cells = [
        cell for cell in soup.select(".jp-Cell[id]") if not cell.select(".jp-Cell[id]")
    ]
    if not (found and cells):
        raise SiteError("mkdocs-jupyter gave no cells: has its HTML changed?")
    return "\n".join(_folded(cells))


def _folded(cells: list[Tag]) -> Iterator[str]:
    """The cells' HTML, and those in a row that are given in one box."""
    told = zip(cells, _givens(cells), strict=True)
    for given, found in groupby(told, key=lambda pair: pair[1]):
        row = [cell for cell, _ in found]
        made = map(_cell, row)
        if given:
            lines = sum(len(_code(c).get_text().strip().splitlines()) for c in row)
            html = Markup("\n".join(made))
            made = [render("given_cells.html", cells=html, count=len(row), lines=lines)]
        yield from made


def _givens(cells: list[Tag]) -> Iterator[bool]:
    """Of each cell: is it code that is given, and not folded by itself?"""
    given = True  # until the first heading below the title
    for cell in cells:
        if heading := cell.select_one("h2"):
            given = heading.get_text().startswith(GIVEN)
        code = _code(cell)
        is_plain = code is not None and _title(code) is None and not _is_check(cell)
        yield given and is_plain


def _code(cell: Tag) -> Tag | None:
    return cell.select_one(".highlight-ipynb pre")


def _title(code: Tag) -> str | None:
    """What stands for a cell that is folded by itself."""
    first = code.get_text().strip().partition("\n")[0]
    return first.removeprefix(TITLE) if first.startswith(TITLE) else None


def _is_check(cell: Tag) -> bool:
    outer = cell.parent.get("class", []) if isinstance(cell.parent, Tag) else []
    return "celltag_check" in (*cell["class"], *outer)


def _cell(cell: Tag) -> str:
    if "jp-MarkdownCell" in cell["class"]:
        return _prose(cell.select_one(".jp-RenderedMarkdown"))
    code = _code(cell)
    if code is None or cell.select(".jp-OutputArea-output"):
        raise SiteError(
            f"the cell {cell['id']} has an output, or no code; "
            "practice notebooks are shown without outputs"
        )
    return render(
        "code_cell.html",
        title=_title(code),
        is_check=_is_check(cell),
        code=Markup(code.decode_contents().replace(EMPTY, "").strip("\n")),
    )


def _prose(prose: Tag) -> str:
    """Markdown's HTML, with the links to its headings that other pages have."""
    for link in prose.select("a.anchor-link"):
        link["class"], link["title"] = "headerlink", "Link to this section"
        link.string = "#"
    for image in prose.select("img"):
        if not image.get("alt", "").strip():
            raise SiteError("a notebook's image has no text alternative")
        image["loading"] = "lazy"
    return prose.decode_contents().strip("\n")
