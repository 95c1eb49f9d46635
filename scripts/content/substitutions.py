"""What a page's own prose asks for: numbers, questions, the table of evidence.

`{{ <slug>.<experiment>.<metric>.<median|spread|n> }}`  a number: see numbers.py
`{{ question.<key> }}`, `{{ retrieval }}`               from the lesson's questions.yml
`{{ evidence }}`                                        every capture, fresh or stale
`{{ site }}`                                            the site's own measurements
`{{ processors }}`                                      what other processors print
`{{ explorer }}`                                        the step times, to look into
`{{ lessons }}`, `{{ needs }}`, `{{ load }}`, `{{ progress }}`  see front_page.py
`{{ confusion }}`, `{{ grader }}`                       see grader.py
`{{ cuda.… }}`, `{{ if cuda.… }}`                       see gpu.py, conditionals.py

Fences and included text are never touched.
"""

import re

from scripts.common.errors import named
from scripts.common.paths import page_path
from scripts.content import (
    conditionals,
    evidence,
    explorer,
    front_page,
    gpu,
    grader,
    questions,
)
from scripts.content.keys import KEY
from scripts.content.numbers import lookup
from scripts.page.fences import Fence, split
from scripts.page.includes import expand_text


def expand(slug: str) -> str:
    """The text that the site shows: numbers filled in first, then includes."""
    path = page_path(slug)
    with named(path.name):
        return expand_text(fill(path.read_text(encoding="utf-8"), slug))


def fill(text: str, slug: str) -> str:
    """Replace every `{{ key }}` outside fences. Raises SiteError for an unknown key."""
    text = conditionals.apply(text, slug)
    for value in (gpu.Page(slug).fill, _block, _number):
        text = _fill_prose(text, slug, value)
    return text


def _fill_prose(text: str, slug: str, value) -> str:
    lines: list[str | None] = []
    for part in split(text):
        if isinstance(part, Fence):
            lines += part.lines()
            continue
        line = KEY.sub(lambda match, line=part: value(match, slug, line), part)
        lines.append(None if part.strip() and not line.strip() else line)
    return "\n".join(conditionals.closed(lines)) + "\n"


def _block(match: re.Match, slug: str, line: str) -> str:
    """Questions and tables: whole blocks of Markdown, indented like their line."""
    kind, _, rest = match[1].partition(".")
    if kind == "question":
        text = questions.prediction(slug, rest)
    elif kind == "retrieval":
        text = questions.retrieval(slug)
    elif kind == "evidence":
        text = evidence.markdown()
    elif kind == "site":
        text = evidence.site()
    elif kind == "processors":
        text = evidence.processors()
    elif kind == "explorer":
        text = explorer.markdown(slug)
    elif kind in ("lessons", "needs", "progress", "load"):
        text = getattr(front_page, {"lessons": "markdown"}.get(kind, kind))()
    elif kind in ("confusion", "grader"):
        text = grader.markdown(kind, slug)
    else:
        return match[0]
    indent = " " * (len(line) - len(line.lstrip()))
    return text.replace("\n", "\n" + indent)


def _number(match: re.Match, slug: str, line: str) -> str:
    return lookup(match[1])
