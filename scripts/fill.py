"""What a page's own prose asks for: numbers, questions, the table of evidence.

`{{ <slug>.<experiment>.<metric>.<median|spread|n> }}`  a measured number
`{{ <slug>.<capture>.passport }}` (also command, recorded, seconds)  where it is from
`{{ question.<key> }}`, `{{ retrieval }}`               from the lesson's questions.yml
`{{ evidence }}`                                        every capture, fresh or stale

Fences and included text are never touched.
"""

import re
from decimal import Decimal

from scripts import captures, questions
from scripts.fences import Fence, split
from scripts.tree import SiteError, captures_of

KEY = re.compile(r"\{\{ ?([a-z0-9_@.-]+) ?\}\}")


def fill(text: str, slug: str, running: bool = False) -> str:
    """Replace every `{{ key }}` outside fences. Raises SiteError for an unknown key.

    `running`: numbers are left alone, because the captures may not exist yet.
    """
    if running:
        return text
    return _fill_prose(_fill_prose(text, slug, _block), slug, _number)


def _fill_prose(text: str, slug: str, value) -> str:
    lines = []
    for part in split(text):
        if isinstance(part, Fence):
            fence = [part.marker + part.info, *part.body, part.marker]
            lines += [(part.indent + line).rstrip() for line in fence]
            continue
        lines.append(KEY.sub(lambda match, line=part: value(match, slug, line), part))
    return "\n".join(lines) + "\n"


def _block(match: re.Match, slug: str, line: str) -> str:
    """Questions and tables: whole blocks of Markdown, indented like their line."""
    kind, _, rest = match[1].partition(".")
    if kind == "question":
        text = questions.prediction(slug, rest)
    elif kind == "retrieval":
        text = questions.retrieval(slug)
    elif kind == "evidence":
        from scripts import evidence

        text = evidence.markdown()
    else:
        return match[0]
    indent = " " * (len(line) - len(line.lstrip()))
    return text.replace("\n", "\n" + indent)


def _number(match: re.Match, slug: str, line: str) -> str:
    return lookup(match[1])


def lookup(key: str) -> str:
    """The text that stands for a key in a sentence. SiteError names an unknown key."""
    parts = key.split(".")
    if len(parts) not in (3, 4):
        raise SiteError(
            f"the key {{{{ {key} }}}} is not <slug>.<capture>.<metric>.<part>"
        )
    capture = captures.load(captures_of(parts[0]) / f"{parts[1]}.json")
    if len(parts) == 3:
        facts = {**capture, "passport": passport(capture)}
        if parts[2] not in ("passport", "command", "recorded", "seconds"):
            raise SiteError(f"the key {{{{ {key} }}}} names no part of the passport")
        return show(facts[parts[2]])
    try:
        return show(capture["result"]["metrics"][parts[2]][parts[3]])
    except KeyError as error:
        raise SiteError(f"the key {{{{ {key} }}}} is not in its capture") from error


def show(value: object) -> str:
    """A number with three significant digits and no exponent; text as it is."""
    if isinstance(value, str):
        return value
    if isinstance(value, int) or float(value).is_integer() or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{Decimal(f'{value:.3g}'):,f}"


def passport(capture: dict) -> str:
    """One line of small print: when, on what, with which versions."""
    machine = capture["machine"]
    on = machine["gpu"] or f"{machine['cpu']}, {machine['threads']} threads"
    return f"{capture['recorded']}, {on}, torch {machine['torch']}"
