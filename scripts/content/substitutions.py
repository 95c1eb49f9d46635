"""What a page's own prose asks for: numbers, questions, the table of evidence.

`{{ <slug>.<experiment>.<metric>.<median|spread|n> }}`  a number: see numbers.py
`{{ question.<key> }}`, `{{ retrieval }}`               from the lesson's questions.yml
`{{ evidence }}`                                        every capture, fresh or stale
`{{ site }}`                                            the site's own measurements
`{{ processors }}`                                      what other processors print
`{{ explorer }}`                                        the step times, to look into
`{{ hero }}`, `{{ hours }}`, `{{ lessons }}`, `{{ needs }}`, `{{ new_names }}`,
`{{ progress }}`                                        see front_page.py
`{{ confusion }}`, `{{ grader }}`                       see grader.py
`{{ guide }}`                                           the entries of the field guide
`{{ cuda.… }}`, `{{ if cuda.… }}`                       see gpu.py, conditionals.py

Fences and included text are never touched.
"""

import re
from dataclasses import replace

from scripts.common.errors import named
from scripts.content import (
    conditionals,
    evidence,
    explorer,
    front_page,
    gpu,
    grader,
    guide,
    questions,
)
from scripts.content.keys import KEY
from scripts.content.numbers import lookup
from scripts.page.fences import Line, join, split

WHOLE = {
    "lessons": front_page.markdown,
    "needs": front_page.needs,
    "hours": front_page.hours,
    "hero": front_page.hero,
    "progress": front_page.progress,
    "new_names": front_page.counted_names,
    "guide": guide.markdown,
}


def fill(text: str, slug: str) -> str:
    """Replace every `{{ key }}` outside fences. Raises SiteError for an unknown key."""
    asked = gpu.Page(slug)
    parts = conditionals.apply(split(text), slug)
    return join(_filled(p, slug, asked) if isinstance(p, Line) else p for p in parts)


def _filled(line: Line, slug: str, asked: gpu.Page) -> Line | None:
    """A line with a text for each key; None if that leaves nothing of it."""

    def value(match: re.Match) -> str:
        if match[1].startswith("cuda."):
            return asked.fill(match, line.text)
        block = _block(match[1], slug)
        if block is None:
            return lookup(match[1])
        return block.replace("\n", "\n" + " " * line.indent)

    def named_value(match: re.Match) -> str:
        if "." not in match[1]:  # a table of the site; what is wrong is not this line
            return value(match)
        with named(f"line {line.number}"):
            return value(match)

    text = KEY.sub(named_value, line.text)
    return replace(line, text=text) if text.strip() or not line.text.strip() else None


def _block(key: str, slug: str) -> str | None:
    """Questions and tables: whole blocks of Markdown. None for any other key."""
    kind, _, rest = key.partition(".")
    if kind == "question":
        return questions.prediction(slug, rest)
    if kind == "retrieval":
        return questions.retrieval(slug)
    if kind == "evidence":
        return evidence.markdown()
    if kind == "site":
        return evidence.site()
    if kind == "processors":
        return evidence.processors()
    if kind == "explorer":
        return explorer.markdown(slug)
    if kind in WHOLE:
        return WHOLE[kind]()
    if kind in ("confusion", "grader"):
        return grader.markdown(kind, slug)
    return None
