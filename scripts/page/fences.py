"""A page's source as lines of prose and fences: the only scanner of fences."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from scripts.common.errors import SiteError

INCLUDE = re.compile(r'^\s*--8<-- "([^":]+)(?::([^"]+))?"\s*$')
# In admonitions a fence is indented, in block quotes it stands behind `> `.
FENCE = re.compile(r"^(\s*(?:> ?)*\s*)(`{3,}|~{3,})\s*(.*?)\s*$")


@dataclass(frozen=True)
class Line:
    """One line outside fences, and its number in the text."""

    number: int
    text: str

    @property
    def indent(self) -> int:
        return blanks(self.text)

    def lines(self) -> list[str]:
        """The line as it stands in its page."""
        return [self.text]

    def dedented(self, blanks: int) -> "Line":
        """The line with so many blanks less before it, or with none left."""
        return replace(self, text=self.text[min(self.indent, blanks) :])


@dataclass(frozen=True)
class Fence:
    """One fence: the number of its first line, its info string, its lines.

    `prefix` stands before each of its lines in the page, and not in `body`.
    """

    number: int
    info: str
    marker: str
    prefix: str
    body: tuple[str, ...]

    @property
    def language(self) -> str:
        return self.info.split()[0] if self.info.split() else ""

    @property
    def indent(self) -> int:
        return blanks(self.prefix)

    def lines(self) -> list[str]:
        """The whole fence as it stands in its page."""
        whole = [self.marker + self.info, *self.body, self.marker]
        return [(self.prefix + line).rstrip() for line in whole]

    def dedented(self, blanks: int) -> "Fence":
        """The fence with so many blanks less before each line, or with none left."""
        return replace(self, prefix=self.prefix[min(self.indent, blanks) :])


Part = Line | Fence


def blanks(text: str) -> int:
    """How many blanks a text begins with."""
    return len(text) - len(text.lstrip())


def split(text: str) -> list[Part]:
    """Lines of prose and whole fences, in order. Raises SiteError for an open fence."""
    parts: list[Part] = []
    lines = iter(enumerate(text.splitlines(), start=1))
    for number, line in lines:
        opening = FENCE.match(line)
        if not opening:
            parts.append(Line(number, line))
            continue
        prefix, marker, info = opening.groups()
        body = []
        for _, inner in lines:
            bare = _without(prefix, inner)
            if bare.strip() == marker:
                break
            body.append(bare)
        else:
            raise SiteError(f"line {number}: the fence {marker}{info} is never closed")
        parts.append(Fence(number, info, marker, prefix, tuple(body)))
    return parts


def _without(prefix: str, line: str) -> str:
    """A line of a fence without the fence's prefix, which a blank line may lack."""
    begins = line[: len(prefix)]
    return line[len(prefix) :] if begins.split() == prefix.split() else line


def join(parts: Iterable[Part | None]) -> str:
    """The text of parts. None stands for what is gone from between them.

    Blank lines around what is gone do not add up.
    """
    lines: list[str] = []
    gap = False
    for part in parts:
        if part is None:
            gap = True
            continue
        blank = isinstance(part, Line) and not part.text.strip()
        if blank and gap and not (lines and lines[-1].strip()):
            continue
        lines += part.lines()
        gap = gap and blank
    return "\n".join(lines) + "\n"


def fences(text: str) -> list[Fence]:
    """The fences of a page's source, in order."""
    return [part for part in split(text) if isinstance(part, Fence)]


def prose(text: str) -> list[Line]:
    """The lines of a page's source that stand in no fence, in order."""
    return [part for part in split(text) if isinstance(part, Line)]
