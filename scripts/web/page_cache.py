"""What is kept from one build to the next: each page's rendering, on disk.

Beside the page's HTML, its links to other pages' sections are kept, which MkDocs checks
in every build, and what MkDocs said: a page that warned warns again.
"""

import json
import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from jinja2 import FileSystemBytecodeCache
from mkdocs.structure.toc import AnchorLink, get_toc

from scripts.common import disk_cache
from scripts.common.paths import TREE
from scripts.page.fences import INCLUDE

LOG = logging.getLogger("mkdocs")
Said = tuple[int, str, str]  # a record of the log: level, logger, message
DECIDES = ("markdown_extensions", "mdx_configs", "validation", "use_directory_urls")


def remember(page, text: str) -> str:
    """Let a page's rendering be remembered; returns the page's text unchanged."""
    render = page.render

    def rendering(config, files) -> None:
        if LOG.getEffectiveLevel() <= logging.DEBUG:  # then MkDocs keeps no links
            return render(config, files)

        def make() -> str:
            said: list[Said] = []
            try:
                with _hearing(said):
                    render(config, files)
            except Exception:
                _say(said)
                raise
            return json.dumps(_made(page) | {"said": said})

        uri = page.file.src_uri
        behind = [uri, text, *_included(text), *_surroundings(config, files)]
        made = disk_cache.recall(f"page-{uri.replace('/', '-')}", behind, make)
        _set(page, json.loads(made), files)

    page.render = rendering
    return text


def _included(text: str) -> list[str]:
    """The content of every file that a text includes, and that those include."""
    found: dict[str, str] = {}
    texts = [text]
    for each in texts:
        for include in filter(None, map(INCLUDE.match, each.splitlines())):
            path = TREE.root / include[1]
            if include[1] not in found and path.is_file():
                found[include[1]] = path.read_text(encoding="utf-8")
                texts.append(found[include[1]])
    return list(found.values())


def _surroundings(config, files) -> list[str]:
    """What else decides how a page is rendered: the settings, where a link may lead."""
    settings = json.dumps([config[name] for name in DECIDES], default=str)
    known = [f"{file.src_uri} {file.url} {file.inclusion.name}" for file in files]
    return [settings, *sorted(known)]


@contextmanager
def _hearing(said: list[Said]) -> Iterator[None]:
    """Take down what MkDocs says meanwhile, in place of those that hear it otherwise.

    Also where MkDocs is told to be quiet: the next build may not be. What the threads
    of a server say has nothing to do with the page, and goes where it always goes.
    """
    handlers, level, propagate = LOG.handlers, LOG.level, LOG.propagate
    usual, here = LOG.getEffectiveLevel(), threading.get_ident()

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.thread == here:
                said.append((record.levelno, record.name, record.getMessage()))
            elif record.levelno >= usual:
                for handler in handlers:
                    if record.levelno >= handler.level:  # MkDocs counts each
                        handler.handle(record)

    LOG.handlers, LOG.propagate = [Listener()], False
    LOG.setLevel(logging.INFO)
    try:
        yield
    finally:
        LOG.handlers, LOG.propagate = handlers, propagate
        LOG.setLevel(level)


def _say(said: list[Said]) -> None:
    for level, name, message in said:
        logging.getLogger(name).log(level, "%s", message)


def _made(page) -> dict:
    """What MkDocs' Page.render has set, as JSON can say it."""
    links = page.links_to_anchors or {}
    return {
        "content": page.content,
        "toc": [_token(link) for link in page.toc],
        "title": page._title_from_render,
        "anchors": sorted(filter(None, page.present_anchor_ids)),
        "links": [[file.src_uri, found] for file, found in links.items()],
    }


def _token(link: AnchorLink) -> dict:
    children = [_token(child) for child in link.children]
    return {
        "name": link.title,
        "id": link.id,
        "level": link.level,
        "children": children,
    }


def _set(page, made: dict, files) -> None:
    """Give a page what was made, once or now, and say what was said then."""
    _say(made["said"])
    page.content, page.toc = made["content"], get_toc(made["toc"])
    page._title_from_render = made["title"]
    page.present_anchor_ids = set(made["anchors"])
    page.links_to_anchors = {
        files.get_file_from_path(uri): found for uri, found in made["links"]
    }


def templates() -> FileSystemBytecodeCache | None:
    """Where templates are kept compiled; None where nothing can be written.

    In this tree: the folder for all of jinja2 in /tmp may be somebody else's.
    """
    folder = TREE.cache / "templates"
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
    writable = folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)
    return FileSystemBytecodeCache(str(folder)) if writable else None


def as_a_note(record) -> bool:
    """A filter for a log: what MkDocs says of `--dirty` is no warning of the site's."""
    if "'dirty' build" in record.getMessage():
        record.levelno, record.levelname = logging.INFO, "INFO"
    return True
