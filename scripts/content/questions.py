"""Predictions and retrieval questions, from a lesson's questions.yml to Markdown.

Each answer is a native disclosure, so a question works by mouse, by keyboard, in a
notebook and without JavaScript; so is what the run showed, a number or a few printed
lines. `predict.js` opens that after an answer, and remembers the first.
What may be wrong with them is looked for in question_checks.py.
"""

import hashlib
import re
from functools import lru_cache
from html import escape
from pathlib import Path

import yaml
from markupsafe import Markup

from scripts.common.errors import SiteError, named
from scripts.common.paths import TREE, captures_of, package, page_path
from scripts.content import question_form
from scripts.content.keys import KEY
from scripts.content.numbers import lookup
from scripts.content.templating import render

CAPTURED = re.compile(r"\{\{ ?captured ?\}\}")


def path_of(slug: str) -> Path:
    """The file that holds a lesson's questions."""
    return TREE.snippets / package(slug) / "questions.yml"


@lru_cache
def _read(path: Path, stamp: float) -> dict:
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise SiteError(f"not readable: {error}") from error
    question_form.check(found)
    return found


def read(slug: str) -> dict:
    """`predictions` (by key) and `retrieval` (a list) of a lesson."""
    path = path_of(slug)
    if not path.exists() and page_path(slug).parent == TREE.guide:
        return {}  # the field guide asks nothing
    if not path.exists():
        raise SiteError(f"{TREE.name(path)} does not exist")
    with named(TREE.name(path)):
        return _read(path, path.stat().st_mtime)


def place(slug: str, key: str, answer: dict | None = None) -> str:
    """Where a question stands, or an answer of it, as errors name it."""
    where = f"{TREE.name(path_of(slug))}: question {key}"
    return where if answer is None else f"{where}, answer '{answer.get('text', '?')}'"


def captured(slug: str, key: str) -> str:
    """What was really captured, for an answer's key.

    `block:label` is what follows `label:` in a block's text; a dotted key is a metric.
    """
    if ":" not in key:
        return lookup(f"{slug}.{key}")
    block, label = key.split(":", 1)
    file = captures_of(slug) / f"{block}.txt"
    if not file.exists():
        raise SiteError(f"the captured text {TREE.name(file)} does not exist")
    for line in file.read_text(encoding="utf-8").splitlines():
        if line.strip().startswith(f"{label}:"):
            return line.strip().removeprefix(f"{label}:").strip()
    raise SiteError(
        f"{file.name} has no line that starts with '{label}:'; what an answer "
        "names has to be printed as a line `label: value`"
    )


def prediction(slug: str, key: str, plot: str = "", page: str = "") -> str:
    """One question as HTML that Markdown passes through.

    On another page than its lesson's, `plot` is an SVG that opens with its number, and
    `page` the address of the place where its run stands.
    """
    question = read(slug).get("predictions", {}).get(key)
    if question is None:
        name = TREE.name(path_of(slug))
        raise SiteError(f"{name}: there is no prediction '{key}'")
    answers = question.get("answers", [])
    if "question" not in question or not all("text" in answer for answer in answers):
        raise SiteError(f"{place(slug, key)}: it or an answer of it has no text")
    if not any("right" in answer for answer in answers):
        raise SiteError(f"{place(slug, key)}: exactly one answer has to be right")
    shown = []
    for answer in shuffled(key, answers):
        with named(place(slug, key, answer)):
            shown.append({"id": _hash(key, answer)[:6], **_in_html(slug, answer)})
    with named(place(slug, key)):
        evidence = measured(slug, question)
    return render(
        "prediction.html",
        key=key,
        question=inline(question["question"]),
        answers=shown,
        right=next(answer for answer in shown if "right" in answer),
        evidence=evidence,
        plot=Markup(plot.strip()),
        page=page,
    )


def measured(slug: str, question: dict) -> dict:
    """What the card shows after an answer: `number` and what it `says`, or `lines`.

    Of a printed line, what stands before and after its colon. Raises SiteError if
    `shows` names neither, or nothing that was captured.
    """
    shows = question.get("shows")
    if not shows or not {"number", "lines"} & set(shows):
        raise SiteError(
            "it needs `shows`: a `number` that `says` what it is, or `lines`"
        )
    if "number" in shows:
        number = lookup(f"{slug}.{shows['number']}")
        return {"number": number, "says": inline(str(shows.get("says", "")))}
    keys = shows["lines"]
    return {"lines": [(key.split(":", 1)[-1], captured(slug, key)) for key in keys]}


def shuffled(key: str, answers: list[dict]) -> list[dict]:
    """Answers in an order that the question's key decides: no place gives one away.

    One that is marked `last`, such as "Neither", stays at the end.
    """

    def place(answer: dict) -> tuple:
        return answer.get("last", False), _hash(key, answer)

    return sorted(answers, key=place)


def _hash(key: str, answer: dict) -> str:
    """A name for an answer that stays while its text does."""
    return hashlib.sha256(f"{key}: {answer['text']}".encode()).hexdigest()


def _in_html(slug: str, answer: dict) -> dict[str, Markup]:
    """What an answer says, and what opens with it, in HTML."""
    parts = ("right",) if "right" in answer else ("predicts", "shows")
    verdict = {part: said(slug, answer, part) for part in parts}
    return {"text": inline(answer["text"]), **verdict}


def said(slug: str, answer: dict, part: str) -> Markup:
    """One part of an answer in HTML, with `{{ captured }}` and numbers filled in."""
    if part not in answer:
        raise SiteError(f"it needs {part}")
    text = str(answer[part])
    if "captured" in answer:
        shown = captured(slug, answer["captured"])
        text = CAPTURED.sub(lambda match: shown, text)
    return inline(text)


def retrieval(slug: str) -> str:
    """The retrieval questions at the end of a lesson, answers hidden."""
    asked = [
        {part: inline(item[part]) for part in ("question", "answer")}
        for item in read(slug).get("retrieval", [])
    ]
    return render("retrieval.html", questions=asked)


def inline(text: str) -> Markup:
    """Escaped text in which `code` is code; numbers are filled in."""
    text = escape(filled(" ".join(text.split())), quote=False)
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", text))


def filled(text: str) -> str:
    """Text in which every `{{ key }}` is a measured number."""
    return KEY.sub(lambda match: lookup(match[1]), text)
