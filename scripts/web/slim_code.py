"""Take out of a page's HTML what no reader sees: most of the elements of its code.

Pygments puts every name, dot and bracket into an element of its own, nine of ten of
those on a lesson page. A browser has to make, style and keep each. Here stay those that
have a colour of their own, neighbours of one colour as one. The text is never changed.
"""

import re
from functools import lru_cache

# The colours that the theme knows, and Pygments' names for what is shown in each.
COLOURS = {
    "k": "k kd kn kp kr kt nd ow",  # words of the language, decorators
    "s": "s s1 s2 sa sb sc si ss dl",  # strings, with their prefix and braces
    "m": "m mb mf mh mi il mo",
    "c": "c c1 ch cm cs sd",  # comments and docstrings
    "nf": "nc ne nf",  # what is being defined, and errors
    "nb": "bp nb",
    "": "fm kc n nn nv nx o p py vc vg vi vm w",  # the colour of plain text
}
SHOWN = {name: kind for kind, names in COLOURS.items() for name in names.split()}

CODE = re.compile(
    r"(<pre>)(?:<span></span>)?((?:<code>)?)(.*?)(?=(?:</code>)?</pre>)", re.S
)
# The theme's script measures every `pre > code` while the page loads: half a second on
# a phone. A code that is no child of its pre is left alone. See site.js.
BLOCK = re.compile(r"<pre>(?:<span></span>)?(<code>.*?</code>)</pre>", re.S)
PIECE = re.compile(r'<span class="(\w+)">([^<]*)</span>|([^<]+)')
# The lines that a fence marks with hl_lines: an element around all that is in them
MARKED = re.compile(
    r'(<span class="hll">)((?:<span class="\w+">[^<]*</span>|[^<]+)*)(</span>)'
)
MARKS = ('<span class="hll">', "</span>")


# An output whose lines have columns: a phone must not break them.
OUTPUT = re.compile(r'<div class="language-text( highlight"><pre>.*?</pre>)', re.S)
COLUMNS = re.compile(r"\S {2,}\S")


@lru_cache(maxsize=64)  # `mkdocs serve` builds all pages after each edit of one
def slim(html: str) -> str:
    """The same page with fewer elements in its highlighted code.

    Outputs whose lines have columns are marked: they scroll, where others are broken.
    """
    html = BLOCK.sub(r"<pre><span>\1</span></pre>", CODE.sub(_slim_code, html))
    return OUTPUT.sub(_marked, html)


def _marked(output: re.Match) -> str:
    """An output, with its class if two lines or more of it have columns."""
    lines = output[0].splitlines()
    columns = sum(bool(COLUMNS.search(line)) for line in lines) > 1
    return f'<div class="language-text{" columns" if columns else ""}{output[1]}'


# In an admonition, Python-Markdown takes HTML for text and puts it into a paragraph.
IN_A_PARAGRAPH = re.compile(
    r"<p>(<(div|svg|figcaption|details)\b.*?</\2>)(\s*(?:</figure>)?)</p>", re.S
)


def unwrapped(html: str) -> str:
    """Questions, plots and captions out of paragraphs, where HTML allows none."""
    return IN_A_PARAGRAPH.sub(r"\1\3", html)


def _slim_code(match: re.Match) -> str:
    """One block of code; as it is, if it holds anything but Pygments' elements."""
    pre, code, inside = match.groups()
    runs = MARKED.split(inside)  # plain, open, marked, close, plain, …
    shown = [run if run in MARKS else _slim_run(run) for run in runs]
    slim = [run for run in shown if run is not None]
    if len(slim) < len(shown) or inside.startswith("\n"):  # which <pre> would swallow
        return match[0]
    return pre + code + "".join(slim)


def _slim_run(inside: str) -> str | None:
    """Code that is marked or not; None if it holds anything but Pygments' elements."""
    pieces = _pieces(inside)
    if pieces is None:
        return None
    return "".join(
        f'<span class="{kind}">{text}</span>' if kind else text
        for kind, text in _merged(pieces)
    )


def _pieces(inside: str) -> list[tuple[str, str]] | None:
    """The text in pieces, each with its class or ""; None if more is there."""
    found, end = [], 0
    for piece in PIECE.finditer(inside):
        if piece.start() != end:
            return None
        name, coloured, plain = piece.groups()
        kind = SHOWN.get(name, name) if name else ""
        found.append((kind, coloured if name else plain))
        end = piece.end()
    return found if end == len(inside) else None


def _merged(pieces: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Neighbours of one colour as one, over blanks too: a blank has no colour."""
    merged: list[tuple[str, str]] = []
    for kind, text in pieces:
        if not kind and not text.strip() and len(merged) and merged[-1][0]:
            merged.append(("", text))  # perhaps in the middle of one colour
        elif merged and merged[-1][0] == kind:
            merged[-1] = (kind, merged[-1][1] + text)
        elif len(merged) > 1 and merged[-2][0] == kind and not merged[-1][1].strip():
            blank = merged.pop()[1]
            merged[-1] = (kind, merged[-1][1] + blank + text)
        else:
            merged.append((kind, text))
    return merged
