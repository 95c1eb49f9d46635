"""The site's Markdown in the plain Markdown that notebooks understand."""

import base64
import re

from scripts.common.paths import TREE
from scripts.page.fences import FENCE
from scripts.page.images import IMAGE

ADMONITION = re.compile(r'^( *)(?:!!!|\?\?\?\+?) +([\w -]+?)(?: +"(.*)")?\s*$')
SVG = re.compile(r"<svg class=\"plot\".*?</svg>", re.S)
# Fences, also those in a block quote, and `code`: what stands there is not Markdown.
CODE = re.compile(r"^((?:> )*) *(```+).*?\n(?:.*\n)*?\1 *\2 *$|`[^`\n]+`", re.M)
# The blank line before a fence's end, which is left of an included file's last newline.
EMPTY_END = re.compile(r"\n(?:> ?)*(?=\n(?:> )* *```+\Z)")
CAPTION = re.compile(r"^((?:> )*)<figcaption[^>]*>(.*?)</figcaption>", re.M | re.S)
BLANK_QUOTES = re.compile(r"^((?:> )*>) *(?:\n\1 *)*$", re.M)
Part = tuple[str, str, dict]  # kind, source, attachments


def parts(text: str) -> list[Part]:
    """Markdown and code, in order. Code parts are empty: the program has their text."""
    found: list[Part] = []
    prose: list[str] = []
    lines = iter(text.splitlines())
    depth: list[int] = []  # indents of the admonitions that we are in
    blank = 0  # blank lines that no line has followed yet
    for line in lines:
        opening = FENCE.match(line)
        if opening and opening[3].split()[:1] == ["python"]:
            for inner in lines:
                if inner.strip() == opening[2]:
                    break
            _flush(found, prose)
            found.append(("code", "", {}))
            continue
        if not line.strip():
            blank += 1
            continue
        indent = len(line) - len(line.lstrip())
        while depth and indent <= depth[-1]:
            depth.pop()
        prose += [quote("", len(depth))] * blank
        blank = 0
        admonition = ADMONITION.match(line)
        if admonition:
            depth.append(len(admonition[1]))
            title = admonition[3] or admonition[2].capitalize()
            prose.append(quote(f"**{title}**", len(depth)))
            continue
        inside = 4 * len(depth)
        body = line[inside:] if line[:inside].isspace() or not inside else line.lstrip()
        prose.append(quote(body, len(depth)))
    _flush(found, prose)
    return found


def quote(line: str, depth: int) -> str:
    """A line inside `depth` nested block quotes."""
    return ("> " * depth + line).rstrip() if depth else line


def _flush(found: list[Part], prose: list[str]) -> None:
    while prose and not prose[-1].strip("> "):
        prose.pop()
    while prose and not prose[0].strip("> "):
        del prose[0]
    source, images = plain("\n".join(prose))
    prose.clear()
    if source:
        found.append(("markdown", source, images))


def _caption(match: re.Match) -> str:
    """A caption as a paragraph of its own, in italics."""
    quotes, words = match[1], re.sub(r"^(?:> ?)+", "", match[2], flags=re.M).split()
    return f"{quotes.rstrip()}\n{quotes}*{' '.join(words)}*\n{quotes.rstrip()}"


def plain(text: str) -> tuple[str, dict]:
    """Plots and images attached, no attribute lists, no links that lead nowhere."""
    images: dict[str, dict] = {}

    def attach(match: re.Match) -> str:
        name = f"plot-{len(images) + 1}.svg"
        svg = re.sub(r"^(> ?)+", "", match[0], flags=re.M)
        encoded = base64.b64encode(svg.encode()).decode()
        images[name] = {"image/svg+xml": encoded}
        says = re.search(r"<title>(.*?)</title>", svg, re.S)
        return f"![{says[1] if says else ''}](attachment:{name})"

    def attach_file(match: re.Match) -> str:
        if not (file := TREE.docs / match[2]).is_file():
            return match[0]  # the plot that was attached before
        name = f"figure-{len(images) + 1}.png"
        images[name] = {"image/png": base64.b64encode(file.read_bytes()).decode()}
        return f"![{match[1]}](attachment:{name})"

    codes: list[str] = []

    def put_aside(match: re.Match) -> str:
        codes.append(EMPTY_END.sub("", match[0]))
        return f"\0{len(codes) - 1}\0"

    text = CODE.sub(put_aside, SVG.sub(attach, text))
    text = IMAGE.sub(attach_file, text)
    text = re.sub(r"^(#+ .*?)[ \t]*\{[^}]*\}[ \t]*$", r"\1", text, flags=re.M)
    text = re.sub(r"</?figure[^>]*>", "", text)
    text = CAPTION.sub(_caption, text)
    text = re.sub(r"\n(?:> )*>(?=\n\n|\Z)", "", BLANK_QUOTES.sub(r"\1", text))
    text = re.sub(r"(?<!!)\[([^\]]+)\]\((?!https?:)[^)]*\)(\{[^}]*\})?", r"\1", text)
    text = re.sub(r"\n{3,}", "\n\n", text).strip("\n")
    return re.sub("\0(\\d+)\0", lambda match: codes[int(match[1])], text), images
