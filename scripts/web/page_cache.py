"""What is kept from one build to the next.

Under `mkdocs serve`, a page whose Markdown has not changed is not rendered again.

Remembered in the process alone: every `mkdocs build` renders, and checks links, anew.
"""

import copy
import os
from collections.abc import Callable
from contextlib import suppress
from logging import INFO

from jinja2 import FileSystemBytecodeCache

from scripts.common.paths import TREE
from scripts.page.fences import INCLUDE

# What MkDocs' Page.render sets.
SET = ("content", "toc", "_title_from_render", "present_anchor_ids")
KNOWN: dict[str, tuple] = {}  # a page → what it was made from, what came of it


def remember(page, text: str) -> str:
    """Let a page's rendering be remembered; returns the page's text unchanged."""
    page.render = _remembering(page, page.render, text)
    return text


def _remembering(page, render: Callable, text: str) -> Callable:
    def rendering(config, files) -> None:
        behind = (text, *_included(text))
        known = KNOWN.get(page.file.src_uri)
        if known and known[0] == behind:
            for name, value in copy.deepcopy(known[1]).items():
                setattr(page, name, value)
            return
        render(config, files)
        made = {name: getattr(page, name) for name in SET}
        KNOWN[page.file.src_uri] = behind, copy.deepcopy(made)

    return rendering


def _included(text: str) -> list[bytes]:
    """The content of every file that a text includes."""
    found = [INCLUDE.match(line) for line in text.splitlines()]
    paths = dict.fromkeys(TREE.root / include[1] for include in found if include)
    return [path.read_bytes() for path in paths if path.is_file()]


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
        record.levelno, record.levelname = INFO, "INFO"
    return True
