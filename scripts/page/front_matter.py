"""The module around the lessons: what their front matter says of them."""

import ast
import sys
from pathlib import Path

from scripts.common.errors import SiteError
from scripts.common.once import once
from scripts.common.paths import lessons, page_path
from scripts.common.syntax import imports
from scripts.page import program

# `do` is minutes; `measured` is a number of the lesson, with its keys still in it
KEYS = {"number", "load_type", "do", "needs", "from", "to", "measured", "measures"}
BROUGHT = {"numpy", "PIL"}  # torchvision cannot be installed without them
LOADS = ("BUILD", "STRETCH", "CONSOLIDATE")


def front_matter(path: Path) -> dict:
    """A page's front matter, empty if it has none. SiteError if it is no YAML."""
    import yaml

    text = path.read_text(encoding="utf-8")
    _, found, rest = text.partition("---\n")
    try:
        meta = yaml.safe_load(rest.partition("\n---\n")[0]) if found else None
    except yaml.YAMLError as error:
        raise SiteError(f"{path.name}: its front matter is no YAML: {error}") from error
    return meta if isinstance(meta, dict) else {}


def of_lessons() -> dict[str, dict]:
    """What the lessons' front matter says of them, by slug, in the module's order.

    Those that say nothing are left out; SiteError names one that does not say all.
    """
    found = {}
    for slug in lessons():
        facts = front_matter(page_path(slug)).get("lesson")
        if not facts:
            continue
        if set(facts) != KEYS:
            names = ", ".join(sorted(KEYS ^ set(facts)))
            raise SiteError(f"{slug}.md: `lesson` in its front matter: see {names}")
        if facts["load_type"] not in LOADS:
            raise SiteError(
                f"{slug}.md: load_type is {facts['load_type']}, not one of {LOADS}"
            )
        found[slug] = facts
    return dict(sorted(found.items(), key=lambda item: item[1]["number"]))


def title(slug: str) -> str:
    """A page's title: its first heading."""
    return title_of(page_path(slug))


def title_of(path: Path) -> str:
    """The title of the page in a file: its first heading."""
    lines = path.read_text(encoding="utf-8").splitlines()
    found = [line[2:].strip() for line in lines if line.startswith("# ")]
    if not found:
        raise SiteError(f"{path.name}: it has no title, a line that begins with '# '")
    return found[0]


@once
def packages(slug: str) -> list[str]:
    """What a lesson's blocks import, torch first, without what torchvision brings."""
    found = set()
    for block in program.program(slug):
        for node in imports(block.code):
            if isinstance(node, ast.Import):
                found |= {name.name.partition(".")[0] for name in node.names}
            else:
                found.add(node.module.partition(".")[0])
    found -= sys.stdlib_module_names | BROUGHT
    return sorted(found, key=lambda name: (not name.startswith("torch"), name))
