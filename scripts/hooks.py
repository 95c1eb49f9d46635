"""The MkDocs hook: fills numbers and questions into prose. Executes nothing."""

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mkdocs.exceptions import PluginError

from scripts import figures
from scripts.fill import fill
from scripts.pages import check_includes
from scripts.tree import SiteError


def on_page_markdown(markdown: str, page, **_) -> str:
    """Fill a page; what is missing stops the build and names the page."""
    source = page.file.src_uri
    # Lines are counted from the top of the file, of which MkDocs took the front matter.
    above = page.file.content_string.count("\n") - markdown.count("\n")
    try:
        text = fill("\n" * above + markdown, source.removesuffix(".md")).lstrip("\n")
        check_includes(text)
        figures.check(text)
    except SiteError as error:
        # of another page, if this one tells of all captures
        named = re.match(r"[\w-]+\.md: ", str(error))
        raise PluginError(f"{error}" if named else f"{source}: {error}") from error
    return text


# In an admonition, Python-Markdown takes HTML for text and puts it into a paragraph.
IN_A_PARAGRAPH = re.compile(
    r"<p>(<(div|svg|figcaption)\b.*?</\2>)(\s*(?:</figure>)?)</p>", re.S
)


def on_page_content(html: str, **_) -> str:
    """Take questions, plots and captions out of paragraphs, where HTML allows none."""
    return IN_A_PARAGRAPH.sub(r"\1\3", html)
