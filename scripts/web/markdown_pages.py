"""Pages as plain Markdown beside their HTML, and llms.txt, for assistants.

The form of llms.txt is that of https://llmstxt.org.
"""

import re
import textwrap
from html import unescape
from pathlib import Path

from scripts.common.errors import named
from scripts.notebooks.markdown_cells import ADMONITION
from scripts.page.fences import Fence, split
from scripts.page.includes import expand_text
from scripts.web.notebook_pages import is_notebook

SVG = re.compile(r'<svg class="plot".*?</svg>', re.S)
PASSPORT = re.compile(r'^ *<details class="passport".*?>.*\n', re.M)
TITLE = re.compile(r"<title>(.*?)</title>", re.S)
ENDS = re.compile(r"</(?:summary|p|li|legend|figcaption|table)>")
CODE = re.compile(r"<code>([^<\n]*)</code>")
TAG = re.compile(r"</?[a-zA-Z][^<>]*>|<!--.*?-->", re.S)
SPAN = re.compile(r"`[^`\n]+`")
ATTRIBUTES = re.compile(r"[ \t]*\{ ?[.#\w][^{}\n]*\}[ \t]*$", re.M)
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
        with named(page.file.src_uri):
            text = markdown(page.markdown)
        text = LINK.sub(lambda m, up=up: f"]({up}{urls.get(m[1], m[1])}", text)
        (site / path).write_text(text, encoding="utf-8")
    if whole or not (site / "llms.txt").exists():
        (site / "llms.txt").write_text(llms(config, pages), encoding="utf-8")


def address(page) -> str:
    """Where a page's Markdown is: `gpu-training/index.md`."""
    return page.file.dest_uri.removesuffix(".html") + ".md"


def llms(config, pages: list) -> str:
    """What the site has, each page's Markdown with its description, and notebooks."""
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
        if page.meta.get("lesson"):
            slug = page.file.src_uri.removesuffix(".md")
            for kind in ("", "-practice", "-solutions"):
                file = f"notebooks/{slug}{kind}.ipynb"
                told = kind.strip("-") or "the lesson"
                where = root + urls.get(file, file)
                lines.append(f"- [{page.title}: {told}]({where})")
    return "\n".join(lines) + "\n"


def markdown(text: str) -> str:
    """A filled page with its includes in it, and without HTML and what needs a theme.

    Code stands as it is. Plots become words; boxes become a title in bold.
    """
    made: list[str] = []
    prose: list[str] = []
    depth: list[int] = []  # indents of the boxes that we are in
    for part in split(SVG.sub(_said, expand_text(PASSPORT.sub("", text)))):
        if isinstance(part, Fence):
            made += [_plain(prose), textwrap.dedent("\n".join(part.lines()))]
            prose = []
            continue
        indent = len(part) - len(part.lstrip())
        while part.strip() and depth and indent <= depth[-1]:
            depth.pop()
        if box := ADMONITION.match(part):
            depth.append(indent)
            prose += [f"**{box[3] or box[2].capitalize()}**", ""]
        else:
            prose.append(part[min(indent, 4 * len(depth)) :])
    made.append(_plain(prose))
    return "\n\n".join(filter(None, made)) + "\n"


def _said(match: re.Match) -> str:
    title = TITLE.search(match[0])
    return f"[Plot: {' '.join(title[1].split())}]" if title else ""


def _plain(lines: list[str]) -> str:
    """Prose without HTML and attribute lists; what stands in `code` is kept."""
    codes: list[str] = []

    def put_aside(match: re.Match) -> str:
        codes.append(match[0])
        return f"\0{len(codes) - 1}\0"

    text = CODE.sub(lambda match: f"`{unescape(match[1])}`", "\n".join(lines))
    text = SPAN.sub(put_aside, text)
    text = ATTRIBUTES.sub("", unescape(TAG.sub("", ENDS.sub("\n\n", text))))
    text = re.sub("<(?=[A-Za-z/])", "&lt;", text)  # was shown: it opens no tag here
    text = re.sub("\0(\\d+)\0", lambda match: codes[int(match[1])], text)
    return re.sub(r"\n[ \t]*\n\s*\n", "\n\n", text).strip("\n")
