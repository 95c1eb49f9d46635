"""The module around the lessons: what their front matter says of them."""

import ast
import math
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import yaml

from scripts import pages
from scripts.fences import INCLUDE, split
from scripts.tree import DOCS, SiteError, lessons

KEYS = {"number", "load", "do", "needs", "from", "to"}  # `do` is minutes
BROUGHT = {"numpy", "PIL"}  # torchvision cannot be installed without them
LOADS = ("BUILD", "STRETCH", "CONSOLIDATE")
# How long a lesson takes to read: prose as it is read to be understood, and code. The
# sum is rounded up to the next five minutes.
WORDS_A_MINUTE, LINES_A_MINUTE = 150, 20
WORD = re.compile(r"\S*\w\S*")
MARKUP = re.compile(r"<[^>]*>|\]\([^)]*\)|\{[ .#:][^{}]*\}")


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

    `read`, the minutes to read one, is counted. Those that say nothing are left out;
    SiteError names one that does not say all.
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
        found[slug] = {**facts, "read": minutes_to_read(slug)}
    return dict(sorted(found.items(), key=lambda item: item[1]["number"]))


def title(slug: str) -> str:
    """A page's title: its first heading."""
    lines = (DOCS / f"{slug}.md").read_text(encoding="utf-8").splitlines()
    found = [line[2:].strip() for line in lines if line.startswith("# ")]
    if not found:
        raise SiteError(f"{slug}.md: it has no title, a line that begins with '# '")
    return found[0]


def minutes_to_read(slug: str) -> int:
    """How long a lesson takes to read, with its questions, by its words and lines."""
    code = [block.code.splitlines() for block in pages.program(slug)]
    lines = sum(bool(line.strip()) for block in code for line in block)
    words = sum(len(WORD.findall(text)) for text in _prose(slug))
    return 5 * math.ceil((words / WORDS_A_MINUTE + lines / LINES_A_MINUTE) / 5)


def _prose(slug: str) -> Iterator[str]:
    """What a reader of a lesson reads besides code and output: a line or an answer."""
    from scripts import questions

    text = (DOCS / f"{slug}.md").read_text(encoding="utf-8")
    if text.startswith("---\n"):
        text = text.partition("\n---\n")[2]
    for part in split(text):
        if isinstance(part, str) and not INCLUDE.match(part):
            yield MARKUP.sub("", part)
    asked = questions.load(slug)
    for question in asked.get("predictions", {}).values():
        yield question["question"]
        yield from (answer["text"] for answer in question["answers"])
        yield from (answer.get("right", "") for answer in question["answers"])
    for question in asked.get("retrieval", []):
        yield from (question["question"], question["answer"])


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
