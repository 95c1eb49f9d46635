"""The site's Markdown in the plain Markdown that notebooks understand."""

import base64
import re

from scripts.common.paths import TREE
from scripts.page.fences import Fence, Line, split
from scripts.page.images import IMAGE
from scripts.page.plain_markdown import Placed, PlainMarkdown, title, unboxed

QUOTES = re.compile(r"^(?:> ?)+", re.M)
CAPTION = re.compile(r"^((?:> )*)<figcaption[^>]*>(.*?)</figcaption>", re.M | re.S)
BLANK_QUOTES = re.compile(r"^((?:> )*>) *(?:\n\1 *)*$", re.M)
Part = tuple[str, str, dict]  # kind, source, attachments


def parts(text: str) -> list[Part]:
    """Markdown and code, in order. Code parts are empty: the program has their text."""
    cells: list[Part] = []
    waiting: list[Placed] = []
    for part, depth in unboxed(split(text)):
        if isinstance(part, Fence) and part.language == "python":
            cells += _markdown(waiting)
            cells.append(("code", "", {}))
            waiting = []
        else:
            waiting.append((part, depth))
    return cells + _markdown(waiting)


def _markdown(parts: list[Placed]) -> list[Part]:
    """The Markdown cell that holds parts of a page, if anything stands in it."""
    while parts and _is_blank(parts[-1]):
        parts = parts[:-1]
    while parts and _is_blank(parts[0]):
        parts = parts[1:]
    cell = NotebookMarkdown()
    source = cell.text(parts)
    return [("markdown", source, cell.attachments)] if source else []


def _is_blank(placed: Placed) -> bool:
    return isinstance(placed[0], Line) and not placed[0].text.strip("> ")


def plain(text: str) -> tuple[str, dict]:
    """A text as one Markdown cell: its source and its attachments."""
    cell = NotebookMarkdown()
    return cell.text(unboxed(split(text))), cell.attachments


def quote(line: str, depth: int) -> str:
    """A line inside `depth` nested block quotes."""
    return ("> " * depth + line).rstrip() if depth else line


class NotebookMarkdown(PlainMarkdown):
    """The Markdown of one cell: admonitions are block quotes, pictures are attached."""

    def __init__(self) -> None:
        super().__init__()
        self.attachments: dict[str, dict] = {}

    def line(self, text: str, depth: int) -> str:
        return quote(text, depth)

    def fence(self, fence: Fence, depth: int) -> list[str]:
        lines = fence.lines()
        if len(lines) > 2 and not fence.body[-1].strip():
            del lines[-2]  # what is left of an included file's last newline
        return [self.aside("\n".join(quote(line, depth) for line in lines))]

    def plot(self, svg: str) -> str:
        svg = QUOTES.sub("", svg)
        name = f"plot-{len(self.attachments) + 1}.svg"
        encoded = base64.b64encode(svg.encode()).decode()
        self.attachments[name] = {"image/svg+xml": encoded}
        return f"![{title(svg)}](attachment:{name})"

    def prose(self, text: str) -> str:
        """No attribute lists, no tags of figures, no links that lead nowhere here."""
        text = IMAGE.sub(self._image, text)
        text = re.sub(r"</?figure[^>]*>", "", text)
        text = CAPTION.sub(_caption, text)
        text = re.sub(r"\n(?:> )*>(?=\n\n|\Z)", "", BLANK_QUOTES.sub(r"\1", text))
        text = re.sub(
            r"(?<!!)\[([^\]]+)\]\((?!https?:)[^)]*\)(\{[^}]*\})?", r"\1", text
        )
        return re.sub(r"\n{3,}", "\n\n", text).strip("\n")

    def _image(self, match: re.Match) -> str:
        """An image of docs/ attached; one that is attached already stays."""
        if not (file := TREE.docs / match[2]).is_file():
            return match[0]
        name = f"figure-{len(self.attachments) + 1}.png"
        encoded = base64.b64encode(file.read_bytes()).decode()
        self.attachments[name] = {"image/png": encoded}
        return f"![{match[1]}](attachment:{name})"


def _caption(match: re.Match) -> str:
    """A caption as a paragraph of its own, in italics."""
    quotes, words = match[1], QUOTES.sub("", match[2]).split()
    return f"{quotes.rstrip()}\n{quotes}*{' '.join(words)}*\n{quotes.rstrip()}"
