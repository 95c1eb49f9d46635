"""Practice notebooks as pages of the site: mkdocs-jupyter's HTML, made anew.

Of what it writes, only the cells are taken. Its styles, its scripts and its boxes in
boxes stay behind, and code gets the elements that the theme gives to code.
"""

from functools import lru_cache

from bs4 import BeautifulSoup, Tag
from markupsafe import Markup

from scripts.common.errors import SiteError
from scripts.content.templating import render
from scripts.notebooks.folded import TITLE

STYLES = "notebook.css"
CELLS = '<div class="jupyter-wrapper">'
ENDING = "-practice.ipynb"


def is_notebook(page) -> bool:
    """Is this page made from a notebook?"""
    return page.file.src_uri.endswith(".ipynb")


def slug(page) -> str:
    """The lesson that a practice notebook belongs to."""
    return page.file.src_uri.rpartition("/")[2].removesuffix(ENDING)


def prepare(page) -> None:
    """Tell the templates what a notebook's file cannot say."""
    lesson = page.title.partition("·")[2].strip() or page.title
    page.meta |= {
        "title": f"Practice: {lesson}",
        "description": f"Exercises of the lesson {lesson}, from guided to independent. "
        "Each has a check that says what is still wrong, and a solution.",
        "search": {"exclude": True},
        "styles": STYLES,
        "practice": slug(page),
    }


@lru_cache(maxsize=16)  # `mkdocs serve` builds all pages after each edit of one
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
    return "\n".join(_cell(cell) for cell in cells)


def _cell(cell: Tag) -> str:
    if "jp-MarkdownCell" in cell["class"]:
        return _prose(cell.select_one(".jp-RenderedMarkdown"))
    code = cell.select_one(".highlight-ipynb pre")
    if code is None or cell.select(".jp-OutputArea-output"):
        raise SiteError(
            f"the cell {cell['id']} has an output, or no code; "
            "practice notebooks are shown without outputs"
        )
    is_check = "celltag_check" in cell["class"] or "celltag_check" in _outer(cell)
    first = code.get_text().strip().partition("\n")[0]
    return render(
        "code_cell.html",
        title=first.removeprefix(TITLE) if first.startswith(TITLE) else None,
        is_check=is_check,
        code=Markup(code.decode_contents().strip("\n")),
    )


def _outer(cell: Tag) -> list[str]:
    return cell.parent.get("class", []) if isinstance(cell.parent, Tag) else []


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
