"""A page's program: its Python blocks, in order, as a reader would paste them."""

import re
from dataclasses import dataclass
from functools import lru_cache
from io import StringIO
from pathlib import Path

from scripts.common.errors import SiteError, named
from scripts.common.once import once
from scripts.common.paths import TREE, page_path
from scripts.common.syntax import parsed
from scripts.page.fences import INCLUDE, Fence, fences
from scripts.page.includes import expand_text

MARK = re.compile(r"^# capture: (volatile|tolerance(?= \d)) ?([\d.e-]*) - (.+)$")


@dataclass(frozen=True)
class Block:
    """One Python block of a page's program.

    `tolerance` is relative; `volatile` holds the reason why the text varies, or None.
    """

    name: str
    source: str
    code: str
    tolerance: float = 1e-3
    tolerance_reason: str | None = None
    volatile: str | None = None


def marks(path: str, section: str | None) -> dict[str, object]:
    """What the comments right above a section's start say of its captured text.

    `# capture: volatile - why` or `# capture: tolerance 1e-2 - why`.
    """
    lines = (TREE.root / path).read_text(encoding="utf-8").splitlines()
    at = lines.index(f"# --8<-- [start:{section}]") if section else 0
    found: dict[str, object] = {}
    while at > 0 and (mark := MARK.match(lines[at - 1])):
        kind, value, reason = mark.groups()
        if kind == "volatile":
            found["volatile"] = reason
        else:
            found["tolerance"], found["tolerance_reason"] = float(value), reason
        at -= 1
    if at > 0 and lines[at - 1].startswith("# capture:"):
        raise SiteError(f"{path}, line {at}: not understood: {lines[at - 1]}")
    return found


def block_name(path: str, section: str | None) -> str:
    """`snippets/x/round_trip.py:save` → `round_trip-save`."""
    return f"{Path(path).stem}-{section}" if section else Path(path).stem


@once
def program(slug: str) -> list[Block]:
    """The page's program: its Python blocks in order, as a reader would paste them."""
    source = page_path(slug).read_text(encoding="utf-8")
    includes = [INCLUDE.match(line) for line in source.splitlines()]
    paths = {include[1]: TREE.root / include[1] for include in includes if include}
    texts = [
        (name, p.read_text(encoding="utf-8"))
        for name, p in paths.items()
        if p.is_file()
    ]
    return list(_program(slug, source, tuple(texts)))


@lru_cache(maxsize=16)
def _program(slug: str, source: str, texts: tuple) -> tuple[Block, ...]:
    """The same, remembered by all that it is made of: the page and what it includes."""
    from pytest_codeblocks import extract_from_buffer

    page = page_path(slug).name
    with named(page):
        shown = [f for f in fences(source) if f.language == "python"]
        text = expand_text(source, running=True)
    codes = [
        block.code.strip("\n") + "\n"
        for block in extract_from_buffer(StringIO(text))
        if (block.syntax or "").split()[:1] == ["python"]
    ]
    if len(codes) != len(shown):
        raise SiteError(f"{page}: {len(shown)} Python fences, {len(codes)} extracted")
    blocks = [
        _block(page, fence, code) for fence, code in zip(shown, codes, strict=True)
    ]
    names = [block.name for block in blocks]
    for name in names:
        if names.count(name) > 1:
            raise SiteError(f"{page}: the section {name} appears more than once")
    return tuple(blocks)


def _block(page: str, fence: Fence, code: str) -> Block:
    includes = [INCLUDE.match(line) for line in fence.body if line.strip()]
    if len(includes) != 1 or includes[0] is None:
        where = f"{page}, line {fence.number}"
        raise SiteError(
            f"{where}: a Python fence holds exactly one include of a snippet, "
            "no typed code"
        )
    path, section = includes[0].groups()
    name = block_name(path, section)
    try:
        tree = parsed(code)
    except SyntaxError as error:
        raise SiteError(f"{page}: block {name} is not Python: {error}") from error
    if not tree.body:
        raise SiteError(f"{page}: block {name} is empty")
    return Block(name, path, code, **marks(path, section))
