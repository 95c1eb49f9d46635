"""From a page with includes to the text that the site shows."""

import re

from scripts.common.errors import SiteError
from scripts.common.paths import TREE, snippet_options
from scripts.page.fences import FENCE, INCLUDE

# What pymdown-extensions takes for an include or for a section's mark: with any number
# of dashes, and the mark anywhere in a line.
MARK = re.compile(r"\s*;*-+8<-+|.*-8<-+[ \t]+\[", re.IGNORECASE)
BARE = re.compile(r"\s*-+8<-+([ \t]|$)")


def section_lines(path: str, section: str | None) -> list[str]:
    """The lines of a file, or of one named section. SiteError names what is missing."""
    file = TREE.root / path
    if not file.is_file():
        raise SiteError(f"the included file {path} does not exist")
    lines = file.read_text(encoding="utf-8").splitlines()
    if section is None:
        return lines
    start, end = f"# --8<-- [start:{section}]", f"# --8<-- [end:{section}]"
    if start not in lines or end not in lines:
        raise SiteError(f"the section '{section}' does not exist in {path}")
    return lines[lines.index(start) + 1 : lines.index(end)]


def check_includes(text: str, running: bool = False) -> None:
    """Raise SiteError for the first include whose file or section is missing."""
    for line in text.splitlines():
        include = INCLUDE.match(line)
        if not include and BARE.match(line):
            raise SiteError(
                f"{line.strip()!a:.60} is no include: one is a line such as "
                '--8<-- "docs/captures/lesson/cpu/block.txt"'
            )
        if include and not (running and is_made(include[1])):
            path, section = include.groups()
            if path.startswith("docs/captures/"):
                section = None  # captures are whole files
            lines = section_lines(path, section)
            if path.startswith("docs/captures/") and path.endswith(".txt"):
                check_output(lines, path)


def check_output(lines: list[str], name: str) -> None:
    """Raise SiteError for a captured text that would end the fence around it.

    Or that would put another file of the tree into the page.
    """
    for number, line in enumerate(lines, start=1):
        if FENCE.match(line):
            begins = repr(line[:20])
            raise SiteError(f"{name}, line {number}: no output may begin with {begins}")
        if mark := MARK.match(line):
            raise SiteError(
                f"{name}, line {number}: no output may hold {mark[0][-20:].strip()!r}, "
                "with which other files are put into a page"
            )


def is_made(path: str) -> bool:
    """Is this include a captured output, or a drawing of what was captured?"""
    return path.startswith(("docs/captures/", "docs/assets/drawings/"))


def expand_text(text: str, running: bool = False) -> str:
    """Includes resolved by pymdown-extensions' own preprocessor and the site's options.

    `running`: a missing capture or drawing becomes an empty output, since it is about
    to be made.
    """
    import markdown

    check_includes(text, running)
    lines = text.split("\n")
    if running:
        lines = [line for line in lines if not _to_be_made(line)]
    converter = markdown.Markdown(
        extensions=["pymdownx.snippets"],
        extension_configs={"pymdownx.snippets": snippet_options()},
    )
    return "\n".join(converter.preprocessors["snippet"].run(lines))


def _to_be_made(line: str) -> bool:
    include = INCLUDE.match(line)
    return bool(
        include and is_made(include[1]) and not (TREE.root / include[1]).exists()
    )
