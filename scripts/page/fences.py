"""The fences of a page as written, and the includes that they hold."""

import re
from dataclasses import dataclass

from scripts.common.errors import SiteError

INCLUDE = re.compile(r'^\s*--8<-- "([^":]+)(?::([^"]+))?"\s*$')
FENCE = re.compile(r"^(\s*)(`{3,}|~{3,})\s*(.*?)\s*$")


@dataclass(frozen=True)
class Fence:
    """One fence of a page as written: where it is, its info string, its lines."""

    line: int
    info: str
    marker: str
    indent: str
    body: tuple[str, ...]

    @property
    def language(self) -> str:
        return self.info.split()[0] if self.info.split() else ""

    def lines(self) -> list[str]:
        """The whole fence as it stands in its page."""
        whole = [self.marker + self.info, *self.body, self.marker]
        return [(self.indent + line).rstrip() for line in whole]


def split(text: str) -> list[str | Fence]:
    """Lines of prose and whole fences, in order. Raises SiteError for an open fence."""
    parts: list[str | Fence] = []
    lines = iter(enumerate(text.splitlines(), start=1))
    for number, line in lines:
        opening = FENCE.match(line)
        if not opening:
            parts.append(line)
            continue
        indent, marker, info = opening.groups()
        body = []
        for _, inner in lines:
            if inner.strip() == marker:
                break
            body.append(
                inner[len(indent) :] if inner[: len(indent)].isspace() else inner
            )
        else:
            raise SiteError(f"line {number}: the fence {marker}{info} is never closed")
        parts.append(Fence(number, info, marker, indent, tuple(body)))
    return parts


def fences(text: str) -> list[Fence]:
    """The fences of a page's source, in order."""
    return [part for part in split(text) if isinstance(part, Fence)]
