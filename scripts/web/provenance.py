"""The passport beside what was captured: small print that opens to everything known.

On pages of the site alone; a notebook has the caption and its own run.
"""

import re
from functools import cache
from pathlib import Path

from markupsafe import Markup

from scripts.captures import capture_file, expected
from scripts.captures.expected import PROGRAM
from scripts.common.formatting import threads
from scripts.common.paths import TREE, package, programs
from scripts.content import evidence
from scripts.content.templating import render
from scripts.page.fences import INCLUDE, Fence, split

# A caption names the command that made what it stands below.
CAPTION_ENDS = re.compile(r"</small>\s*$")


def of_page(text: str, page, files) -> str:
    """A page of the build with its passports, if it is a lesson's."""
    slug = Path(page.file.src_uri).stem
    told = files.get_file_from_path("evidence.md")
    where = told and told.url_relative_to(page.file)
    return beside(text, slug, where) if slug in programs() else text


def beside(text: str, slug: str, where: str | None) -> str:
    """A filled page with a passport wherever it is another one.

    The first text that a program printed has it, and the others only while it is stale.
    A table or plot has it below its caption, and without a caption below itself; those
    of one experiment in one section share it. `where` is the address of the page of
    evidence, if there is one. Raises SiteError for a capture that is not there or lies.
    """
    lines: list[str] = []
    places: dict[Path, tuple[int, str]] = {}  # a capture → where its passport goes
    added: list[tuple[int, str]] = []
    told: set[Path] = set()  # programs whose passport stands on the page
    details = cache(lambda path: _details(path, slug, where))
    is_fresh = cache(lambda path: _is_fresh(path, slug))

    def settle() -> None:
        for path, (at, indent) in places.items():
            added.append((at, indent + details(path)))
        places.clear()

    for part in split(text):
        if isinstance(part, Fence):
            lines += part.lines()
            path = _capture("".join(part.body[:1]), slug)
            if path and (path not in told or not is_fresh(path)):
                added.append((len(lines), part.prefix + details(path)))
                told.add(path)
            continue
        line = part.text
        lines.append(line)
        indent = " " * part.indent
        left = line.strip() and any(
            len(box) > part.indent for _, box in places.values()
        )
        if left or re.match(r" *(#|!!!|\?\?\?)", line):
            settle()  # before another box or section, and at the end of its own box
        if path := _capture(line, slug):
            places[path] = (len(lines), indent)
        elif line.strip() == "</figure>" or CAPTION_ENDS.search(line):
            caption = _paragraph(lines)
            for path in places:
                if line.strip() == "</figure>" or _named(path, slug) in caption:
                    places[path] = (len(lines), indent)
    settle()
    for at, html in sorted(added, reverse=True):
        lines[at:at] = ["", html, ""]
    return "\n".join(lines) + "\n"


def _paragraph(lines: list[str]) -> str:
    last = len(lines)
    while last and lines[last - 1].strip():
        last -= 1
    return "\n".join(lines[last:])


def _named(path: Path, slug: str) -> str:
    return f"python -m snippets.{package(slug)}.{path.stem}"


def _capture(line: str, slug: str) -> Path | None:
    """The capture that a line includes something of; None for any other line."""
    include = INCLUDE.match(line)
    if not include or not include[1].startswith(f"docs/captures/{slug}/"):
        return None
    path = TREE.root / include[1]
    if path.suffix == ".txt":
        return path.with_name(f"{PROGRAM}.json")
    return path.with_name(path.stem.rpartition("-")[0] + ".json")


def _is_fresh(path: Path, slug: str) -> bool:
    want = expected.wanted(slug, path.stem, path.parent.name)
    return expected.state(want) == "fresh"


def _details(path: Path, slug: str, where: str | None) -> str:
    capture = capture_file.load(path)
    want = expected.wanted(slug, path.stem, path.parent.name)
    machine = capture["machine"]
    return render(
        "passport.html",
        capture=capture,
        on=machine["gpu"] or f"{machine['cpu']}, {threads(machine['threads'])}",
        machine=Markup(evidence.machine(machine)),
        state=expected.state(want),
        evidence=where and f"{where}#{evidence.anchor(want)}",
    )
