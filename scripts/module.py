"""The module around the lessons: what their front matter says of them."""

from pathlib import Path

import yaml

from scripts.tree import DOCS, SiteError, lessons

# `read` and `do` are minutes.
KEYS = {"number", "load", "read", "do", "needs", "from", "to"}
LOADS = ("BUILD", "STRETCH", "CONSOLIDATE")


def front_matter(path: Path) -> dict:
    """A page's front matter, empty if it has none. SiteError if it is no YAML."""
    text = path.read_text()
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
        facts = front_matter(DOCS / f"{slug}.md").get("lesson")
        if not facts:
            continue
        if set(facts) != KEYS:
            names = ", ".join(sorted(KEYS ^ set(facts)))
            raise SiteError(f"{slug}.md: `lesson` in its front matter: see {names}")
        if facts["load"] not in LOADS:
            raise SiteError(f"{slug}.md: load is {facts['load']}, not one of {LOADS}")
        found[slug] = facts
    return dict(sorted(found.items(), key=lambda item: item[1]["number"]))
