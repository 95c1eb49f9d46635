"""The MkDocs hook: fills numbers and questions into prose. Executes nothing."""

import re
import sys
from logging import getLogger
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mkdocs.exceptions import PluginError

from scripts.common import once
from scripts.common.errors import SiteError
from scripts.content.substitutions import fill
from scripts.page import images
from scripts.page.includes import check_includes
from scripts.web import markdown_pages, notebook_pages, provenance, slim_code, tables
from scripts.web.page_cache import as_a_note, remember
from scripts.web.slim_search import trim
from scripts.web.templates import provide

NAV = []  # the pages of the build that is going on, in order


def on_startup(dirty: bool, **_) -> None:
    """MkDocs warns of its own switch `--dirty`, and `strict` would stop there."""
    if dirty:
        getLogger("mkdocs.commands.build").addFilter(as_a_note)


def on_pre_build(**_) -> None:
    """The tree stays as it is until the build has ended, or failed."""
    once.begin()


def on_build_error(**_) -> None:
    """The next build reads anew."""
    once.end()


def on_nav(nav, **_) -> None:
    """Remember the pages: they are written as plain Markdown too."""
    NAV[:] = nav.pages


def on_post_build(config, **_) -> None:
    """Beside each page its Markdown, and llms.txt; a search index that is smaller."""
    markdown_pages.write(config, NAV)
    trim(Path(config["site_dir"]))
    once.end()


def on_env(env, config, **_):
    """Give the templates what they ask for."""
    try:
        provide(env, config)
    except SiteError as error:
        raise PluginError(str(error)) from error
    return env


def on_page_markdown(markdown: str, page, files, **_) -> str:
    """Fill a page; what is missing stops the build and names the page."""
    if notebook_pages.is_notebook(page):
        notebook_pages.prepare(page)
        return markdown
    source = page.file.src_uri
    slug = Path(source).stem
    # Lines are counted from the top of the file, of which MkDocs took the front matter.
    above = page.file.content_string.count("\n") - markdown.count("\n")
    try:
        text = fill("\n" * above + markdown, slug).lstrip("\n")
        check_includes(text)
        images.check(text)
        return remember(page, provenance.of_page(text, page, files))
    except SiteError as error:
        # of another page, if this one tells of all captures
        named = re.match(r"[\w-]+\.md: ", str(error))
        raise PluginError(f"{error}" if named else f"{source}: {error}") from error


def on_page_content(html: str, page, **_) -> str:
    """Take what HTML allows in no paragraph out of them; mark cells with numbers."""
    if notebook_pages.is_notebook(page):
        try:
            return notebook_pages.cleaned(html, page)
        except SiteError as error:
            raise PluginError(f"{page.file.src_uri}: {error}") from error
    return tables.marked(slim_code.slim(slim_code.unwrapped(html)))
