"""Pages as plain Markdown beside their HTML, and llms.txt, for assistants.

The form of llms.txt is that of https://llmstxt.org.
"""

import posixpath
import re
from collections.abc import Callable
from dataclasses import replace
from html import unescape
from itertools import dropwhile
from pathlib import Path

from scripts.common.errors import named
from scripts.content import guide
from scripts.page.fences import Fence, split
from scripts.page.includes import expand_text
from scripts.page.plain_markdown import PlainMarkdown, title, unboxed
from scripts.web.notebook_pages import is_notebook

PASSPORT = re.compile(r'^ *<details class="passport".*?>.*\n', re.M)
ENDS = re.compile(r"</(?:summary|p|li|legend|figcaption|table)>")
CODE = re.compile(r"<code>([^<\n]*)</code>")
TAG = re.compile(r"</?[a-zA-Z][^<>]*>|<!--.*?-->", re.S)
LINK = re.compile(r"\]\((?![a-z]+:|#)([^)#\s]+)")


def write(config, pages: list) -> None:
    """Beside each page of the build its Markdown, and llms.txt at the root.

    Raises SiteError, naming the page, for an include that is not there.
    """
    site = Path(config["site_dir"])
    there = [page for page in pages if page.markdown is not None]
    whole = len(there) == len(pages)  # else --dirty: only what has changed was read
    urls = {page.file.src_uri: page.url for page in pages}
    for page in there:
        if is_notebook(page):
            continue
        path = address(page)
        up = config["site_url"] or "../" * path.count("/")
        folder = posixpath.dirname(page.file.src_uri)

        def link(target: str, up=up, folder=folder) -> str:
            uri = posixpath.normpath(posixpath.join(folder, target))
            return up + urls.get(uri, uri)

        with named(page.file.src_uri):
            text = markdown(page.markdown, link)
        (site / path).write_text(text, encoding="utf-8")
    if whole or not (site / "llms.txt").exists():
        (site / "llms.txt").write_text(llms(config, pages), encoding="utf-8")


def address(page) -> str:
    """Where a page's Markdown is: `gpu-training/index.md`."""
    return page.file.dest_uri.removesuffix(".html") + ".md"


def llms(config, pages: list) -> str:
    """What the site has: pages as Markdown, with descriptions, notebooks, entries."""
    root = config["site_url"] or ""
    about = " ".join(config["site_description"].split())
    lines = [f"# {config['site_name']}", "", f"> {about}", "", "## Pages", ""]
    for page in pages:
        if not is_notebook(page):
            says = " ".join(page.meta.get("description", page.title).split())
            lines.append(f"- [{page.title}]({root}{address(page)}): {says}")
    urls = {page.file.src_uri: page.url for page in pages}
    lines += ["", "## Notebooks", ""]
    for page in pages:
        if page.meta.get("lesson") or page.meta.get("guide"):
            slug = Path(page.file.src_uri).stem
            practice = ("-practice", "-solutions") if page.meta.get("lesson") else ()
            for kind in ("", *practice):
                file = f"notebooks/{slug}{kind}.ipynb"
                told = kind.strip("-") or "the page"
                where = root + urls.get(file, file)
                lines.append(f"- [{page.title}: {told}]({where})")
    lines += ["", "## Field guide, by message or symptom", ""]
    for page in pages:
        if page.meta.get("guide"):
            for entry in guide.entries(Path(page.file.src_uri).stem):
                lines.append(f"- [{entry.title}]({root}{page.url}#{entry.id})")
    return "\n".join(lines) + "\n"


def markdown(text: str, link: Callable[[str], str] = str) -> str:
    """A filled page with its includes in it, and without HTML and what needs a theme.

    Code stands as it is. Plots become words; boxes become a title in bold. `link` gives
    a link to a page or a file of the site its new target.
    """
    parts = split(expand_text(PASSPORT.sub("", text)))
    return PageMarkdown(link).text(unboxed(parts)) + "\n"


class PageMarkdown(PlainMarkdown):
    """The Markdown of a whole page: no boxes, no tags, plots in words."""

    def __init__(self, link: Callable[[str], str]) -> None:
        super().__init__()
        self._link = link

    def line(self, text: str, depth: int) -> str:
        return text

    def fence(self, fence: Fence, depth: int) -> list[str]:
        # Marked lines are for the theme, which shows no blank ones above the code
        body = tuple(dropwhile(lambda line: not line.strip(), fence.body))
        plain = replace(fence, info=fence.language, body=body)
        lines = plain.dedented(fence.indent).lines()
        return ["", self.aside("\n".join(lines)), ""]

    def plot(self, svg: str) -> str:
        return f"[Plot: {words}]" if (words := title(svg)) else ""

    def prose(self, text: str) -> str:
        """No tags and attribute lists; what stands in `<code>` is kept."""
        text = text.replace("<wbr>", "")
        text = CODE.sub(lambda match: self.aside(f"`{unescape(match[1])}`"), text)
        text = ENDS.sub("\n\n", text.replace("<br>", "; "))
        text = unescape(TAG.sub("", text))
        text = LINK.sub(lambda match: f"]({self._link(match[1])}", text)
        text = re.sub("<(?=[A-Za-z/])", "&lt;", text)  # was shown: it opens no tag here
        return re.sub(r"\n[ \t]*\n\s*\n", "\n\n", text).strip("\n")
