"""Where things are: the root of the tree, the lessons, and the site's own settings."""

from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

SNIPPETS = "pymdownx.snippets"


class Tree:
    """The tree that the scripts read and write: the only place that knows its root.

    Each path is computed when it is asked for, so a test that sets `TREE.root` moves
    all of them at once.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def docs(self) -> Path:
        return self.root / "docs"

    @property
    def guide(self) -> Path:
        return self.docs / "field-guide"

    @property
    def assets(self) -> Path:
        return self.docs / "assets"

    @property
    def drawings(self) -> Path:
        return self.assets / "drawings"

    @property
    def captures(self) -> Path:
        return self.docs / "captures"

    @property
    def notebooks(self) -> Path:
        return self.docs / "notebooks"

    @property
    def snippets(self) -> Path:
        return self.root / "snippets"

    @property
    def scripts(self) -> Path:
        return self.root / "scripts"

    @property
    def data(self) -> Path:
        return self.root / "data"

    @property
    def cache(self) -> Path:
        return self.root / ".cache"

    def name(self, path: Path) -> str:
        """A path of the tree as messages and files name it: from the root, with /."""
        return path.relative_to(self.root).as_posix()


TREE = Tree(Path(__file__).resolve().parents[2])


def package(slug: str) -> str:
    """`gpu-training` → `gpu_training`, the one place where the two names meet."""
    return slug.replace("-", "_")


def programs() -> list[str]:
    """The slugs that have both a page and a folder of snippets, sorted.

    The lessons, and the pages of the field guide.
    """
    folders = (path for path in TREE.snippets.iterdir() if path.is_dir())
    slugs = sorted(folder.name.replace("_", "-") for folder in folders)
    return [slug for slug in slugs if page_path(slug).exists()]


def lessons() -> list[str]:
    """Those of them that are no page of the field guide."""
    return [slug for slug in programs() if page_path(slug).parent == TREE.docs]


def page_path(slug: str) -> Path:
    """The Markdown file of a page: of the field guide, or else in docs/ itself."""
    in_guide = TREE.guide / f"{slug}.md"
    if slug != "index" and in_guide.exists():
        return in_guide
    return TREE.docs / f"{slug}.md"


def address_of(slug: str) -> str:
    """Where a page is on the site, from its root: `field-guide/<slug>/`."""
    path = page_path(slug).relative_to(TREE.docs).with_suffix("")
    return f"{path.as_posix()}/"


def pages() -> list[Path]:
    """The Markdown file of every page of the site, sorted."""
    return sorted([*TREE.docs.glob("*.md"), *TREE.guide.glob("*.md")])


def captures_of(slug: str, device: str = "cpu") -> Path:
    """The folder that holds one lesson's captures from one kind of device."""
    return TREE.captures / slug / device


@lru_cache
def snippet_options() -> dict[str, Any]:
    """The options of pymdownx.snippets in mkdocs.yml, as MkDocs itself reads them.

    Its loader of YAML is asked, and not `load_config`, which imports every plugin: that
    takes longer than a whole check of a small tree.
    """
    from mkdocs.utils.yaml import get_yaml_loader, yaml_load

    file = TREE.root / "mkdocs.yml"
    config = SimpleNamespace(config_file_path=str(file))  # for `!relative $config_dir`
    settings = yaml_load(
        file.read_text(encoding="utf-8"), get_yaml_loader(config=config)
    )
    extensions = [e for e in settings["markdown_extensions"] if isinstance(e, dict)]
    return next(e[SNIPPETS] for e in extensions if SNIPPETS in e)
