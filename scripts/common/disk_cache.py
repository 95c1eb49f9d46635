"""Remember on disk what is slow to make and follows from what it was made from.

`.cache/made/<name>.json` holds a text and the hash of everything behind it: its inputs,
all of scripts/, the packages. If anything of that is another, the text is made anew, so
what is remembered is what would be made. Deleting the folder loses nothing but time.
"""

import hashlib
import json
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path

from scripts.common.paths import TREE

# What makes the texts: tables, plots and notebooks; the pages
PACKAGES = ("matplotlib", "numpy", "jupytext")
PACKAGES += ("mkdocs", "markdown", "pymdown-extensions", "pygments")
PACKAGES += ("beautifulsoup4", "soupsieve", "jinja2")


def recall(name: str, inputs: list[str], make: Callable[[], str]) -> str:
    """`make()`, or what it gave when all that it depends on was the same."""
    path = TREE.cache / "made" / f"{name}.json"
    behind = _hash([name, *inputs, _makers(TREE.scripts)])
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
        if known["behind"] == behind and known["text_hash"] == _hash([known["text"]]):
            return known["text"]
    except (OSError, ValueError, KeyError, TypeError):
        pass  # nothing there, or not whole
    text = make()
    known = {"behind": behind, "text_hash": _hash([text]), "text": text}
    _write(path, json.dumps(known))
    return text


@cache
def _makers(folder: Path) -> str:
    """The hash of the code and the packages that make the texts."""
    paths = sorted(path for path in folder.rglob("*.py") if path.is_file())
    texts = [path.read_text(encoding="utf-8") for path in paths]
    return _hash([sys.version, *map(version, PACKAGES), *texts])


def _hash(parts: list[str]) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _write(path: Path, text: str) -> None:
    """Whole or not at all; a tree that cannot be written to is no error."""
    part = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(text, encoding="utf-8")
        os.replace(part, path)
    except OSError:
        with suppress(OSError):
            part.unlink()
