"""The field guide: its entries, what an entry has to hold, and the list of them all.

A page of docs/field-guide/ with `guide: <number>` in its front matter holds entries,
one a section: a symptom or message, the smallest program that shows it, and the cure.
What people type who do not know an entry's words stands in searches.yml beside them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from scripts.common.errors import SiteError, named
from scripts.common.formatting import code
from scripts.common.paths import TREE, lessons
from scripts.page import front_matter, includes
from scripts.page.fences import INCLUDE, Fence, split

HEADING = re.compile(r"## (.+?) \{ #([a-z][a-z0-9-]*) \}$")
PARTS = ("**Why.**", "**The cure.**", "**To be sure.**")
WORDS, LINES = range(60, 161), range(1, 21)
WORD = re.compile(r"\S*\w\S*")
MARKUP = re.compile(r"<[^>]*>|\]\([^)]*\)|\{[ .#:][^{}]*\}")
# The last line of a traceback, or a warning: what somebody pastes
MESSAGE = re.compile(
    r"^(?:[\w ]+: )?((?:\w+\.)*\w*(?:Error|Warning|Exception): .{15,})$"
)


@dataclass
class Entry:
    """One section of a page of the guide, with what was counted in it."""

    slug: str
    line: int
    title: str
    id: str  # "" for a heading that gives none
    words: int = 0
    programs: list[str] = field(default_factory=list)  # the code of each block
    outputs: list[Path] = field(default_factory=list)
    text: str = ""

    @property
    def messages(self) -> list[str]:
        """The messages that its programs printed, as somebody would paste them."""
        texts = [p.read_text(encoding="utf-8") for p in self.outputs if p.is_file()]
        found = [MESSAGE.match(line) for text in texts for line in text.splitlines()]
        return list(dict.fromkeys(match[1] for match in found if match))


def slugs() -> list[str]:
    """The pages of the guide, in the order of their numbers."""
    return list(_numbered())


def _numbered() -> dict[str, int]:
    found = {}
    for path in sorted(TREE.guide.glob("*.md")):
        number = front_matter.front_matter(path).get("guide")
        if number is not None:
            found[path.stem] = number
    return dict(sorted(found.items(), key=lambda item: item[1]))


def entries(slug: str) -> list[Entry]:
    """The entries of a page, in order. SiteError for an include that is not there."""
    path = TREE.guide / f"{slug}.md"
    with named(path.name):
        return list(_entries(slug, path.read_text(encoding="utf-8")))


def _entries(slug: str, text: str) -> Iterator[Entry]:
    entry = None
    for part in split(text):
        if isinstance(part, Fence):
            if entry:
                _count(entry, part)
        elif part.text.startswith("## "):
            if entry:
                yield entry
            found = HEADING.match(part.text)
            title, id = found.groups() if found else (part.text[3:], "")
            entry = Entry(slug, part.number, title, id)
        elif entry and not INCLUDE.match(part.text):
            entry.words += len(WORD.findall(MARKUP.sub("", part.text)))
            entry.text += part.text + "\n"
    if entry:
        yield entry


def _count(entry: Entry, fence: Fence) -> None:
    """Add a fence's program or its captured text to an entry."""
    for include in filter(None, map(INCLUDE.match, fence.body)):
        path, section = include.groups()
        if path.startswith("docs/captures/"):
            entry.outputs.append(TREE.root / path)
        else:
            lines = includes.section_lines(path, section)
            entry.programs.append("\n".join(lines))


def searches() -> dict[str, list[str]]:
    """By an entry's id: searches that have to find it, of which the index is told."""
    path = TREE.guide / "searches.yml"
    if not path.is_file():
        return {}
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise SiteError(f"{path.name} is no YAML: {error}") from error


def problems() -> Iterator[str]:
    """What is wrong with the entries of the guide, a sentence each."""
    to_lesson = re.compile(rf"\]\(\.\./({'|'.join(lessons())})\.md")
    seen: dict[str, str] = {}
    for slug in slugs():
        for entry in entries(slug):
            where = f"{slug}.md, line {entry.line}: the entry '{entry.title}'"
            for fault in _faults(entry, to_lesson):
                yield f"{where} {fault}"
            if entry.id in seen:
                yield f"{where} has the id of '{seen[entry.id]}': {entry.id}"
            elif entry.id:
                seen[entry.id] = entry.title
    for id in searches().keys() - seen.keys():
        yield f"searches.yml: no entry has the id {id}"


def _faults(entry: Entry, to_lesson: re.Pattern) -> Iterator[str]:
    if not entry.id:
        yield "needs an id of its own: ## Title { #the-id }"
    for part in PARTS:
        if part not in entry.text:
            yield f"has no {part}"
    if entry.words not in WORDS:
        yield f"has {entry.words} words; it may have {_between(WORDS)}"
    lines = sum(bool(x.strip()) for text in entry.programs for x in text.splitlines())
    if lines not in LINES:
        yield f"has {lines} lines of code; it may have {_between(LINES)}"
    if not entry.outputs:
        yield "shows nothing that was captured"
    if not to_lesson.search(entry.text):
        yield "leads to no lesson: [words](../<lesson>.md#section)"


def _between(allowed: range) -> str:
    return f"{allowed.start} to {allowed.stop - 1}"


def markdown() -> str:
    """Every entry for the first page of the guide: its title, and its messages."""
    parts = []
    for slug in slugs():
        # The index has each of these below its entry
        heading = f"[{front_matter.title(slug)}]({slug}.md)"
        parts.append(f"## {heading} {{ data-search-exclude }}\n")
        parts.append('<div class="guide-entries" markdown="1">\n')
        for entry in entries(slug):
            said = "".join(f"<br>{code(message)}" for message in entry.messages)
            parts.append(f"- [{entry.title}]({slug}.md#{entry.id}){said}")
        parts.append("\n</div>\n")
    if not parts:
        raise SiteError("no page of docs/field-guide/ has `guide` in its front matter")
    return "\n".join(parts)
