"""From a page with includes to the text that the site shows."""

import re

from scripts.common.errors import SiteError
from scripts.common.paths import TREE, snippet_options
from scripts.page.fences import FENCE, INCLUDE


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
        if include and not (running and is_capture(include[1])):
            path, section = include.groups()
            if path.startswith("docs/captures/"):
                section = None  # captures are whole files
            lines = section_lines(path, section)
            if path.startswith("docs/captures/") and path.endswith(".txt"):
                check_output(lines, path)


def check_output(lines: list[str], name: str) -> None:
    """Raise SiteError for a captured text that would end the fence around it."""
    for number, line in enumerate(lines, start=1):
        if FENCE.match(line) or re.match(r"\s*;*--8<--", line):
            begins = repr(line[:20])
            raise SiteError(f"{name}, line {number}: no output may begin with {begins}")


def is_capture(path: str) -> bool:
    """Is this include a captured output?"""
    return path.startswith("docs/captures/")


def expand_text(text: str, running: bool = False) -> str:
    """Includes resolved by pymdown-extensions' own preprocessor and the site's options.

    `running`: a missing capture becomes an empty output, since it is about to be made.
    """
    import markdown

    check_includes(text, running)
    lines = text.split("\n")
    if running:
        lines = [line for line in lines if not _missing_capture(line)]
    converter = markdown.Markdown(
        extensions=["pymdownx.snippets"],
        extension_configs={"pymdownx.snippets": snippet_options()},
    )
    return "\n".join(converter.preprocessors["snippet"].run(lines))


def _missing_capture(line: str) -> bool:
    include = INCLUDE.match(line)
    return bool(
        include and is_capture(include[1]) and not (TREE.root / include[1]).exists()
    )
