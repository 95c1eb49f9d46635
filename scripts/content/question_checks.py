"""What may be wrong with a lesson's questions: parts, captures, sentences.

A wrong answer says what a run would have shown if it were right (`predicts`), and what
one did show (`shows`), both in sentences; `captured` names the line or number that says
so, and `is` what it has to be for `shows` to be true.
"""

import operator
import re
from collections.abc import Iterator
from html import unescape

from scripts.common.errors import SiteError
from scripts.content.questions import captured, measured, place, read, said

WRONG = ("predicts", "captured", "is", "shows")
PARTS = {"text", "last", "right", *WRONG}
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[-+]?\d+)?")
COMPARE = re.compile(rf"([<>]=?) ?({NUMBER.pattern})")
BETWEEN = re.compile(rf"({NUMBER.pattern}) to ({NUMBER.pattern})")
OPERATORS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
CODE = re.compile(r"<code>(.*?)</code>")
PROSE = re.compile(r"(?:^| )[a-z]+,? [a-z]+,? [a-z]+")  # three words in a row
MOST_LINES = 3  # of a card; the box below it has the whole output
ENDS = (".", "?", "!", ".”", ".)")


def check(slug: str) -> list[str]:
    """What is wrong with a lesson's questions: a sentence each, naming file and key."""
    problems = []
    for key, question in read(slug).get("predictions", {}).items():
        answers, where = question.get("answers", []), place(slug, key)
        problems += [f"{where}: {found}" for found in _shows(slug, question)]
        if "question" not in question or not all("text" in a for a in answers):
            problems.append(f"{where}: it or an answer of it has no text")
        if not 2 <= len(answers) <= 4:
            problems.append(f"{where}: {len(answers)} answers, expected 2 to 4")
        if sum("right" in answer for answer in answers) != 1:
            problems.append(f"{where}: exactly one answer has to be right")
        for answer in answers:
            where = place(slug, key, answer)
            problems += [f"{where}: {found}" for found in _wrongs(slug, answer)]
    return problems


def _shows(slug: str, question: dict) -> Iterator[str]:
    """What is wrong with what the card shows after an answer."""
    try:
        found = measured(slug, question)
    except SiteError as error:
        yield f"its card: {error}"
        return
    if unknown := sorted(set(question["shows"]) - {*found, "number", "says", "lines"}):
        yield f"there is no part {' and '.join(unknown)} of `shows`"
    if "number" in found and not str(found["says"]).endswith(ENDS):
        yield f"its card does not end like a sentence: '{found['says']}'"
    if not 1 <= len(found.get("lines", [1])) <= MOST_LINES:
        yield f"its card shows {len(found['lines'])} lines, at most {MOST_LINES}"


def _wrongs(slug: str, answer: dict) -> Iterator[str]:
    """What is wrong with one answer, the right one or another."""
    if unknown := sorted(set(answer) - PARTS):
        yield f"there is no part {' and '.join(unknown)}"
    if "right" in answer:
        needs = ("captured", "is") if {"captured", "is"} & set(answer) else ()
    else:
        needs = WRONG
    if lacking := [part for part in needs if part not in answer]:
        yield f"it needs {' and '.join(lacking)}"
        return
    try:
        shown = captured(slug, answer["captured"]) if needs else ""
        if needs and not holds(shown, answer["is"]):
            yield f"'{answer['captured']}' is '{shown}', and not '{answer['is']}'"
        for part in ("right", "predicts", "shows"):
            if part in answer and (fault := no_sentence(said(slug, answer, part))):
                yield f"its '{part}' {fault}"
    except SiteError as error:
        yield f"its capture: {error}"


def holds(shown: str, expected: object) -> bool:
    """Is what was captured as expected?

    `> 3` and its like, and `1 to 3`, look at the first number in it, `abc…` at its
    beginning; anything else has to be the whole.
    """
    shown, expected = " ".join(shown.split()), " ".join(str(expected).split())
    compare, between = COMPARE.fullmatch(expected), BETWEEN.fullmatch(expected)
    if compare or between:
        found = NUMBER.search(shown.replace(",", "").replace("−", "-"))
        if not found:
            return False
        if compare:
            return OPERATORS[compare[1]](float(found[0]), float(compare[2]))
        return float(between[1]) <= float(found[0]) <= float(between[2])
    if expected.endswith("…"):
        return shown.startswith(expected[:-1])
    return shown == expected


def no_sentence(html: str) -> str:
    """What keeps a verdict's HTML from being sentences; empty if nothing does."""
    if prose := [code for code in CODE.findall(html) if PROSE.search(unescape(code))]:
        return f"has prose in code: '{prose[0]}'"
    text = unescape(re.sub(r"<[^>]+>", "", html))
    if not (html.startswith("<code>") or re.match(r"[“(]?[A-Z\d]", text)):
        return f"does not begin like a sentence: '{text}'"
    if not text.endswith(ENDS):
        return f"does not end like a sentence: '{text}'"
    return ""
