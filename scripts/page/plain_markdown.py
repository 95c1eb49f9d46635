"""The site's Markdown as Markdown that needs no theme, in a form for each target.

Notebooks and the plain pages for assistants go the same way: admonitions become their
title and what stood in them, code is put aside so that nothing changes it, plots become
what the target can show. The rest is the target's own: see notebooks/markdown_cells.py
and web/markdown_pages.py.
"""

import re
from collections.abc import Iterable, Iterator

from scripts.page.fences import Fence, Line, Part

ADMONITION = re.compile(r'^( *)(?:!!!|\?\?\?\+?) +([\w -]+?)(?: +"(.*)")?\s*$')
SVG = re.compile(r'<svg class="plot".*?</svg>', re.S)
TITLE = re.compile(r"<title>(.*?)</title>", re.S)
ATTRIBUTES = re.compile(r"[ \t]*\{:? ?[.#\w][^{}\n]*\}[ \t]*$", re.M)
SPAN = re.compile(r"`[^`\n]+`")
PUT_ASIDE = re.compile("\0(\\d+)\0")

Placed = tuple[Part, int]  # a part of a page, and how many admonitions it stands in


def unboxed(parts: Iterable[Part]) -> Iterator[Placed]:
    """Each part without the indent of its admonitions, and how many those are.

    An admonition's first line becomes its title in bold. Blank lines belong to what
    follows them; those at the end are left out.
    """
    boxes: list[int] = []  # the indents of the admonitions that we are in
    waiting: list[Line] = []  # blank lines that nothing has followed yet
    for part in parts:
        if isinstance(part, Line) and not part.text.strip():
            waiting.append(Line(part.number, ""))
            continue
        while boxes and part.indent <= boxes[-1]:
            boxes.pop()
        yield from ((blank, len(boxes)) for blank in waiting)
        waiting.clear()
        box = ADMONITION.match(part.text) if isinstance(part, Line) else None
        if box is None:
            yield part.dedented(4 * len(boxes)), len(boxes)
            continue
        boxes.append(part.indent)
        yield Line(part.number, f"**{box[3] or box[2].capitalize()}**"), len(boxes)
        waiting.append(Line(part.number, ""))


def title(svg: str) -> str:
    """What a plot says that it shows; empty if it says nothing."""
    found = TITLE.search(svg)
    return " ".join(found[1].split()) if found else ""


class PlainMarkdown:
    """From parts of a page to plain Markdown; a subclass says how its target writes."""

    def __init__(self) -> None:
        self._codes: list[str] = []

    def text(self, parts: Iterable[Placed]) -> str:
        """The Markdown that stands for parts as `unboxed` gives them."""
        lines: list[str] = []
        for part, depth in parts:
            if isinstance(part, Fence):
                lines += self.fence(part, depth)
            else:
                lines.append(self.line(part.text, depth))
        text = SVG.sub(lambda match: self.plot(match[0]), "\n".join(lines))
        text = SPAN.sub(lambda match: self.aside(match[0]), text)
        text = self.prose(ATTRIBUTES.sub("", text))
        return PUT_ASIDE.sub(self._put_back, text)

    def aside(self, code: str) -> str:
        """What stands for code until everything else is done: nothing may change it."""
        self._codes.append(code)
        return f"\0{len(self._codes) - 1}\0"

    def _put_back(self, match: re.Match) -> str:
        """The code that was put aside, in which code may have been before."""
        return PUT_ASIDE.sub(self._put_back, self._codes[int(match[1])])

    def line(self, text: str, depth: int) -> str:
        """A line of prose that stands in `depth` admonitions."""
        raise NotImplementedError

    def fence(self, fence: Fence, depth: int) -> list[str]:
        """The lines for a fence: its code put aside."""
        raise NotImplementedError

    def plot(self, svg: str) -> str:
        """What stands for a plot."""
        raise NotImplementedError

    def prose(self, text: str) -> str:
        """The whole text, its code put aside and its plots replaced."""
        raise NotImplementedError
