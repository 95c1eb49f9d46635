"""Where things are: the root of the tree, the lessons, and the site's own settings."""

from functools import lru_cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
CAPTURES = DOCS / "captures"
NOTEBOOKS = DOCS / "notebooks"


class SiteError(Exception):
    """Something in the tree is wrong; the message names it and says what to do."""


def package(slug: str) -> str:
    """`gpu-training` → `gpu_training`, the one place where the two names meet."""
    return slug.replace("-", "_")


def lessons() -> list[str]:
    """The slugs that have both a page and a folder of snippets, sorted."""
    folders = (path for path in (ROOT / "snippets").iterdir() if path.is_dir())
    slugs = sorted(folder.name.replace("_", "-") for folder in folders)
    return [slug for slug in slugs if (DOCS / f"{slug}.md").exists()]


def captures_of(slug: str, device: str = "cpu") -> Path:
    """The folder that holds one lesson's captures from one kind of device."""
    return CAPTURES / slug / device


@lru_cache
def snippet_options() -> dict[str, Any]:
    """The options of pymdownx.snippets in mkdocs.yml, as MkDocs itself reads them."""
    from mkdocs.config import load_config

    config = load_config(str(ROOT / "mkdocs.yml"))
    return config["mdx_configs"]["pymdownx.snippets"]


def write_if_changed(path: Path, content: str | bytes) -> bool:
    """Write only when the bytes differ: `mkdocs serve` rebuilds on every write."""
    data = content.encode() if isinstance(content, str) else content
    if path.exists() and path.read_bytes() == data:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return True
