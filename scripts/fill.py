"""What a page's own prose asks for: numbers, questions, the table of evidence.

`{{ <slug>.<experiment>.<metric>.<median|spread|n> }}`  a measured number
`{{ <slug>.<capture>.passport }}` (also command, recorded, seconds)  where it is from
`{{ <slug>.<experiment>@cuda.… }}`                      the same, from a GPU
`{{ <slug>.cuda.agreement }}`                           how far two recordings differ
`{{ question.<key> }}`, `{{ retrieval }}`               from the lesson's questions.yml
`{{ evidence }}`                                        every capture, fresh or stale
`{{ site }}`                                            the site's own measurements
`{{ processors }}`                                      what other processors print
`{{ explorer }}`                                        the step times, to look into
`{{ lessons }}`, `{{ needs }}`, `{{ load }}`, `{{ progress }}`  see module.py
`{{ confusion }}`, `{{ grader }}`                       see judge.py
`{{ cuda.… }}`, `{{ if cuda.… }}`                       see cuda.py, conditions.py

Fences and included text are never touched.
"""

import re

from scripts import agreement, captures, conditions, cuda, questions
from scripts.fences import Fence, split
from scripts.tree import SiteError, captures_of
from scripts.words import passport, safe, show, show_spread

KEY = re.compile(r"\{\{ ?([a-z0-9_@.-]+) ?\}\}")


def fill(text: str, slug: str, running: bool = False) -> str:
    """Replace every `{{ key }}` outside fences. Raises SiteError for an unknown key.

    `running`: numbers are left alone, because the captures may not exist yet.
    """
    if running:
        return text
    text = conditions.apply(text, slug)
    for value in (cuda.Page(slug).fill, _block, _number):
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
    return "\n".join(conditions.closed(lines)) + "\n"


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
    elif kind == "site":
        from scripts import site_captures

        text = site_captures.markdown()
    elif kind == "processors":
        from scripts import rounding

        text = rounding.markdown()
    elif kind == "explorer":
        from scripts import explorer

        text = explorer.markdown(slug)
    elif kind in ("lessons", "needs", "progress", "load"):
        from scripts import module

        text = getattr(module, {"lessons": "markdown"}.get(kind, kind))()
    elif kind in ("confusion", "grader"):
        from scripts import judge

        text = judge.markdown(kind, slug)
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
    if parts[1:] == ["cuda", "agreement"]:
        return agreement.sentence(parts[0])
    capture, stale = _capture(key, parts[0], parts[1])
    if len(parts) == 3:
        facts = {**capture, "passport": passport(capture) + (", stale" * stale)}
        if parts[2] not in ("passport", "command", "recorded", "seconds"):
            raise SiteError(f"the key {{{{ {key} }}}} names no part of the passport")
        return safe(show(facts[parts[2]]))
    try:
        metric = capture["result"]["metrics"][parts[2]]
        number = metric[parts[3]]
    except KeyError as error:
        where = capture["machine"]["gpu"] or "a CPU"
        raise SiteError(
            f"the key {{{{ {key} }}}} is not in its capture, recorded on {where}"
        ) from error
    said = (
        show_spread(number, metric["median"]) if parts[3] == "spread" else show(number)
    )
    return said + (" (stale)" * stale)


def _capture(key: str, slug: str, name: str) -> tuple[dict, bool]:
    """The capture that a key speaks of, and whether its numbers have to say "stale".

    That of a CPU has not: the checks fail while it is stale.
    """
    name, _, device = name.partition("@")
    if device in ("", "cpu"):
        return captures.load(captures_of(slug) / f"{name}.json"), False
    try:
        if device != "cuda":
            raise SiteError(f"there is no device '{device}'")
        wanted = cuda.want(slug, name)
        if not wanted.path.exists():
            raise SiteError(
                f"{wanted.id} has not been recorded on a GPU; a sentence that needs it "
                f"stands between {{{{ if cuda.{name} }}}} and {{{{ end }}}}"
            )
        return captures.load(wanted.path), captures.state(wanted) == "stale"
    except SiteError as error:
        raise SiteError(f"the key {{{{ {key} }}}}: {error}") from error
