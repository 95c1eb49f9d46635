"""Is the result of each prediction closed, below it, until the reader has answered?

An answer opens the first `??? captured` box that follows its question in the same
container (docs/assets/predict.js). So that box has to hold the result, and a text that
decides an answer may stand open nowhere. What the question's card shows of it has to
stand in such a box further down, too.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from scripts.content.keys import KEY
from scripts.content.questions import read
from scripts.page.fences import INCLUDE
from scripts.page.program import block_name

BOX = re.compile(r"\s*\?\?\? captured(?= |$)")
QUESTION = re.compile(r"\s*\{\{ ?question\.([\w-]+) ?\}\}\s*$")


@dataclass(frozen=True)
class Shown:
    """A line of a page that shows a block, a capture or a number, and where."""

    line: int
    kind: str  # "block", "text", "figure" or "number"
    name: str  # "<file>-<section>"; of figures and numbers the experiment
    box: int  # the line of the `??? captured` box around it; 0 if it stands open


def problems(slug: str, page: str, text: str) -> Iterator[str]:
    """What is wrong with the places of a page's predictions: a sentence each."""
    asked = read(slug).get("predictions", {})
    lines = text.splitlines()
    shown = list(_shown(slug, lines))
    for number, line in enumerate(lines, start=1):
        found = QUESTION.match(line)
        if not found or found[1] not in asked:  # unknown ones stop the build
            continue
        where = f"{page}, line {number}: question {found[1]}"
        for fault in _faults(asked[found[1]], number, _result(lines, number), shown):
            yield f"{where}: {fault}"


def _faults(question: dict, line: int, box: int, shown: list[Shown]) -> Iterator[str]:
    """What is wrong with one prediction in a line, whose answers open a box."""
    names = [a["captured"] for a in question.get("answers", []) if "captured" in a]
    blocks = {name.split(":")[0] for name in names if ":" in name}
    experiments = {name.split(".")[0] for name in names if ":" not in name}
    for block in sorted(blocks):
        if not any((s.kind, s.name) == ("block", block) for s in shown):
            yield f"the block {block}, which answers it, has to stand on the page"
        for s in shown:
            if (s.kind, s.name) == ("text", block) and not s.box:
                yield (
                    f"what {block} printed answers it, and stands open in line "
                    f"{s.line}: put it into a `??? captured` box"
                )
    if any(s.kind == "text" and s.name in blocks and not s.box for s in shown):
        return  # what else is wrong may come from that
    boxed = {s.name for s in shown if s.kind != "block" and s.box > line}
    for source in sorted(_card(question) - boxed):
        yield f"its card shows {source}, and no `??? captured` box below it does"
    inside = {s.name for s in shown if s.kind != "block" and box and s.box == box}
    if not box:
        yield "a `??? captured` box with the result has to follow it"
    elif not inside or blocks and not experiments and not blocks & inside:
        answers = ", ".join(sorted(blocks | experiments))
        yield (
            f"the `??? captured` box in line {box}, which an answer opens, does not "
            f"show the result: {answers}"
        )


def _card(question: dict) -> set[str]:
    """The blocks and experiments of which the card of a question shows something."""
    shows = question.get("shows", {})
    blocks = {line.split(":")[0] for line in shows.get("lines", [])}
    return blocks | ({shows["number"].split(".")[0]} if "number" in shows else set())


def _result(lines: list[str], question: int) -> int:
    """The line of the box that an answer opens; 0 if none follows in its container."""
    indent = _indent(lines[question - 1])
    for number, line in enumerate(lines[question:], start=question + 1):
        if line.strip() and _indent(line) < indent:
            break
        if BOX.match(line) and _indent(line) == indent:
            return number
    return 0


def _shown(slug: str, lines: list[str]) -> Iterator[Shown]:
    """Everything of a page that is included or measured, in order."""
    boxes: list[tuple[int, int]] = []  # indent and line of those that are open
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        while boxes and _indent(line) <= boxes[-1][0]:
            boxes.pop()
        if BOX.match(line):
            boxes.append((_indent(line), number))
        box = boxes[0][1] if boxes else 0
        for kind, name in _names(slug, line):
            yield Shown(number, kind, name, box)


def _names(slug: str, line: str) -> Iterator[tuple[str, str]]:
    """What one line shows: its kind, and its name."""
    include = INCLUDE.match(line)
    captures = f"docs/captures/{slug}/cpu/"
    if include and include[1].startswith(captures):
        name, _, suffix = include[1].removeprefix(captures).rpartition(".")
        yield ("text", name) if suffix == "txt" else ("figure", name.split("-")[0])
    elif include:
        yield "block", block_name(*include.groups())
    for key in KEY.findall(line):
        parts = key.split(".")
        if parts[0] == slug and len(parts) > 2:
            yield "number", parts[1]


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
