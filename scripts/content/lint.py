"""What a page may not hold: typed code, typed output, typed measurements."""

import re
from collections.abc import Iterator

from scripts.common.errors import SiteError, named
from scripts.common.paths import captures_of, page_path, pages, programs
from scripts.content import guide, question_checks, question_results
from scripts.content.keys import KEY
from scripts.page import images
from scripts.page.fences import INCLUDE, Fence, fences, prose, split
from scripts.page.includes import section_lines

PYTHON = re.compile(r"[{.\s]*i?py(thon|con)?\d?\b", re.I)
MARKS = re.compile(r'\bhl_lines="([\d -]+)"')
LANGUAGES = {"python", "text", "diff"}
# A number with a unit in prose is a measurement, and measurements come from captures.
# "minutes to read" and "minutes to do" are estimates for the reader.
MEASUREMENT = re.compile(
    r"\d[\d.,]*\s?(?:ms|µs|s|sec|seconds|minutes(?! to (?:read|do))|%|×|percent|"
    r"times (?:faster|slower|as)|[KMG]i?B|samples/s)(?![A-Za-z0-9])"
)


def problems() -> Iterator[str]:
    """Everything that is wrong with the pages, a sentence each."""
    for slug in programs():
        page = page_path(slug)
        yield from wrong_fences(page.name, page.read_text(encoding="utf-8"))
        with named(page.name):
            hidden = images.not_shown(slug, page.read_text(encoding="utf-8"))
        for name in hidden:
            yield f"{page.name}: the figure {name} was captured and is not shown"
        for name in unused_captures(slug):
            yield f"{page.name}: the text {name}.txt was captured and is not shown"
    for page in pages():
        with named(page.name):
            text = page.read_text(encoding="utf-8")
            yield from measurements(page.name, text)
            yield from indented(page.name, text)
            yield from (f"{page.name}, {found}" for found in images.problems(text))
    yield from guide.problems()


def questions() -> Iterator[str]:
    """Everything that is wrong with the questions and their places on the pages."""
    for slug in programs():
        page = page_path(slug)
        yield from question_checks.check(slug)
        text = page.read_text(encoding="utf-8")
        yield from question_results.problems(slug, page.name, text)


def wrong_fences(page: str, text: str) -> Iterator[str]:
    """Fences of a lesson page that are not a plain include, in a language we know."""
    try:
        found = fences(text)
    except SiteError as error:
        yield f"{page}: {error}"
        return
    for fence in found:
        where = f"{page}, line {fence.number}"
        other = fence.language != "python" and PYTHON.match(fence.info)
        if other or fence.marker.startswith("~"):
            yield f"{where}: the fence {fence.marker}{fence.info} has to be ```python"
        elif fence.language not in LANGUAGES:
            yield f"{where}: a fence in '{fence.info}' is none of {sorted(LANGUAGES)}"
        elif not is_one_include(fence):
            kind = "code" if fence.language == "python" else "output"
            yield f"{where}: {kind} is typed into the page; include it instead"
        elif marks := MARKS.search(fence.info):
            with named(where):
                lost = list(lost_marks(fence, marks[1]))
            yield from (f"{where}: {found}" for found in lost)


def lost_marks(fence: Fence, marks: str) -> Iterator[str]:
    """Lines that a fence marks, `3` or `3-5`, and that are blank or not in it."""
    (include,) = filter(None, map(INCLUDE.match, fence.body))
    lines = section_lines(*include.groups())
    for mark in marks.split():
        first, _, last = mark.partition("-")
        for number in range(int(first), int(last or first) + 1):
            if not "".join(lines[number - 1 : number]).strip():
                yield f"hl_lines marks line {number}, where {include[1]} has no code"


def is_one_include(fence: Fence) -> bool:
    """Is a fence's whole body one include of a snippet or a capture?"""
    lines = [line for line in fence.body if line.strip()]
    include = INCLUDE.match(lines[0]) if len(lines) == 1 else None
    home = "snippets/" if fence.language == "python" else "docs/captures/"
    return bool(include and include[1].startswith(home))


OPENS = re.compile(r"\s*(!!!|\?\?\?\+?|===|[-*+]|\d+\.) ")  # a box, a tab, an item


def indented(page: str, text: str) -> Iterator[str]:
    """Lines that Markdown takes for code, because they stand too far to the right."""
    allowed, after_blank = 0, True
    for part in split(text):
        line = part.lines()[0]
        if line.strip() and after_blank:
            if part.indent >= allowed + 4:
                where = f"{page}, line {part.number}: '{line.strip()[:40]}'"
                yield f"{where} is indented so far that it is code"
            allowed = part.indent
        if OPENS.match(line):
            allowed = part.indent + 4
        after_blank = not line.strip() or isinstance(part, Fence)


def measurements(page: str, text: str) -> Iterator[str]:
    """Numbers with units that are typed into prose."""
    for line in prose(text):
        found = MEASUREMENT.search(KEY.sub("", line.text))
        if found:
            yield (
                f"{page}, line {line.number}: '{found[0]}' looks measured and is "
                "typed; take it from a capture with {{ … }}"
            )


def unused_captures(slug: str) -> list[str]:
    """Blocks whose text from the CPU is not empty and that the page does not show.

    What a GPU printed is shown where the page asks for it, and need not be.
    """
    text = page_path(slug).read_text(encoding="utf-8")
    shown = set(re.findall(rf"/{slug}/cpu/([\w-]+)\.txt\"", text))
    files = sorted(captures_of(slug).glob("*.txt"))
    return [
        file.stem
        for file in files
        if file.read_text(encoding="utf-8") and file.stem not in shown
    ]
