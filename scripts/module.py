"""The module around the lessons: what their front matter says of them."""

import ast
import sys
from pathlib import Path

import yaml

from scripts import pages
from scripts.tree import DOCS, SiteError, lessons

# `read` and `do` are minutes.
KEYS = {"number", "load", "read", "do", "needs", "from", "to"}
BROUGHT = {"numpy", "PIL"}  # torchvision cannot be installed without them
LOADS = ("BUILD", "STRETCH", "CONSOLIDATE")


def front_matter(path: Path) -> dict:
    """A page's front matter, empty if it has none. SiteError if it is no YAML."""
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


def title(slug: str) -> str:
    """A page's title: its first heading."""
    lines = (DOCS / f"{slug}.md").read_text(encoding="utf-8").splitlines()
    found = [line[2:].strip() for line in lines if line.startswith("# ")]
    if not found:
        raise SiteError(f"{slug}.md: it has no title, a line that begins with '# '")
    return found[0]


def minutes(count: int) -> str:
    """`45 minutes`, and `4 hours` from two hours on."""
    return f"{count} minutes" if count < 120 else f"{count // 60} hours"


def packages(slug: str) -> list[str]:
    """What a lesson's blocks import, torch first, without what torchvision brings."""
    found = set()
    for block in pages.program(slug):
        for node in ast.walk(ast.parse(block.code)):
            if isinstance(node, ast.Import):
                found |= {name.name.partition(".")[0] for name in node.names}
            elif isinstance(node, ast.ImportFrom):
                found.add(node.module.partition(".")[0])
    found -= sys.stdlib_module_names | BROUGHT
    return sorted(found, key=lambda name: (not name.startswith("torch"), name))


def needs() -> str:
    """What to install for all lessons, in words."""
    each = [name for slug in of_lessons() for name in packages(slug)]
    *most, last = dict.fromkeys(each)
    return f"{', '.join(most)} and {last}"


def markdown() -> str:
    """The lessons for the front page: a box each, with what its page says of itself."""
    return "\n\n".join(
        f'<div class="front-lesson" markdown="1">\n\n'
        f"{facts['number']} · {facts['load']}\n{{ .front-load }}\n\n"
        f"### [{title(slug)}]({slug}.md)\n\n"
        f"“{facts['from']}” → “{facts['to']}”\n\n"
        f"{minutes(facts['read'])} to read, {minutes(facts['do'])} to do. "
        f"You need: {facts['needs']}.\n{{ .front-takes }}\n\n</div>"
        for slug, facts in of_lessons().items()
    )


def load() -> str:
    """What the picture of the load counts, in words."""
    from scripts import load

    counted = load.new_names()
    said = [f"{count} in {title(slug)}" for slug, count in counted.items()]
    return (
        f"Names of PyTorch such as <code>torch.save</code> that a lesson's blocks use "
        f"and nothing before them did: {', '.join(said)}. What the first lesson "
        f"recalls from MNIST counts as known."
    )


def progress() -> str:
    """The reader's own progress, before progress.js has filled it in."""
    from scripts import questions

    rows = [
        f'<li data-lesson="{slug}" data-predictions="'
        f'{len(questions.load(slug).get("predictions", {}))}">'
        f"<strong>{title(slug)}</strong>: <span>nothing noted yet</span></li>"
        for slug in of_lessons()
    ]
    return (
        f'<div id="progress">\n<ul>\n{"".join(rows)}\n</ul>\n'
        '<p id="progress-says" role="status">This page notes nothing without '
        "JavaScript. The lessons work without it.</p>\n"
        '<p class="lesson-buttons" id="progress-buttons"></p>\n</div>'
    )
