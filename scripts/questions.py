"""Predictions and retrieval questions, from a lesson's questions.yml to Markdown.

Each answer is a native disclosure, so a question works by mouse, by keyboard, in a
notebook and without JavaScript; `predict.js` only opens the result after an answer.
"""

import re
from functools import lru_cache
from html import escape
from pathlib import Path

import yaml

from scripts.pages import named
from scripts.tree import ROOT, SiteError, captures_of, package


def path_of(slug: str) -> Path:
    """The file that holds a lesson's questions."""
    return ROOT / "snippets" / package(slug) / "questions.yml"


@lru_cache
def _read(path: Path, stamp: float) -> dict:
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise SiteError(f"not readable: {error}") from error
    if not isinstance(found, dict):
        raise SiteError("it has to hold `predictions` and `retrieval`")
    return found


def load(slug: str) -> dict:
    """`predictions` (by key) and `retrieval` (a list) of a lesson."""
    path = path_of(slug)
    if not path.exists():
        raise SiteError(f"{path.relative_to(ROOT)} does not exist")
    with named(str(path.relative_to(ROOT))):
        return _read(path, path.stat().st_mtime)


def captured(slug: str, key: str) -> str:
    """What was really captured, for an answer's key.

    `block:label` is what follows `label:` in a block's text; a dotted key is a metric.
    """
    from scripts.fill import lookup

    if ":" not in key:
        return lookup(f"{slug}.{key}")
    block, label = key.split(":", 1)
    file = captures_of(slug) / f"{block}.txt"
    if not file.exists():
        raise SiteError(f"the captured text {file.relative_to(ROOT)} does not exist")
    for line in file.read_text(encoding="utf-8").splitlines():
        if line.strip().startswith(f"{label}:"):
            return line.strip().removeprefix(f"{label}:").strip()
    raise SiteError(f"{file.name} has no line that starts with '{label}:'")


def check(slug: str) -> list[str]:
    """What is wrong with a lesson's questions: one sentence each, naming the key."""
    problems = []
    for key, question in load(slug).get("predictions", {}).items():
        answers = question.get("answers", [])
        if "question" not in question or not all("text" in a for a in answers):
            problems.append(f"question {key}: it or an answer of it has no text")
        if not 2 <= len(answers) <= 4:
            problems.append(f"question {key}: {len(answers)} answers, expected 2 to 4")
        if sum("right" in answer for answer in answers) != 1:
            problems.append(f"question {key}: exactly one answer has to be right")
        for answer in answers:
            if "right" not in answer:
                problems += _check_wrong(slug, key, answer)
    return problems


def _check_wrong(slug: str, key: str, answer: dict) -> list[str]:
    where = f"question {key}, answer '{answer.get('text', '?')}'"
    lacking = [part for part in ("model", "predicts", "captured") if part not in answer]
    if lacking:
        return [f"{where}: a wrong answer needs {' and '.join(lacking)}"]
    try:
        shown = captured(slug, answer["captured"])
        predicted = filled(str(answer["predicts"]))
    except SiteError as error:
        return [f"{where}: no captured contradiction: {error}"]
    if _plain(shown) == _plain(predicted):
        return [f"{where}: predicts '{shown}', and that is what was captured"]
    return []


def _plain(text: str) -> str:
    return re.sub(r"\W+", " ", text).strip().lower()


def prediction(slug: str, key: str) -> str:
    """One question as HTML that Markdown passes through."""
    try:
        question = load(slug)["predictions"][key]
    except KeyError as error:
        raise SiteError(f"questions.yml of {slug} has no prediction '{key}'") from error
    answers = "\n".join(_answer(slug, key, answer) for answer in question["answers"])
    return (
        f'<div class="predict" id="predict-{key}" role="group" '
        f'aria-labelledby="predict-{key}-question">\n'
        f'<p class="predict-question" id="predict-{key}-question">'
        f"<strong>Predict.</strong> {inline(question['question'])}</p>\n"
        f"{answers}\n</div>"
    )


def _answer(slug: str, key: str, answer: dict) -> str:
    if "right" in answer:
        verdict = f"<strong>Right.</strong> {inline(answer['right'])}"
        kind = "right"
    else:
        key_of, value = answer["captured"], captured(slug, answer["captured"])
        label = key_of.partition(":")[2]  # a line of a text is shown whole
        shown = f"{label}: {value}" if label else f"{value} {answer.get('unit', '')}"
        verdict = (
            f"<strong>Not so.</strong> The belief: “{inline(answer['model'])}” "
            f"Then you would see "
            f"<code>{escape(filled(str(answer['predicts'])))}</code>. The run gave "
            f"<code>{escape(shown.strip())}</code>."
        )
        kind = "wrong"
    return (
        f'<details class="answer" data-answer="{kind}" name="predict-{key}">'
        f"<summary>{inline(answer['text'])}</summary><p>{verdict}</p></details>"
    )


def retrieval(slug: str) -> str:
    """The retrieval questions at the end of a lesson, answers hidden."""
    return "\n".join(
        f'<details class="retrieval"><summary>{inline(item["question"])}</summary>'
        f"<p>{inline(item['answer'])}</p></details>"
        for item in load(slug).get("retrieval", [])
    )


def inline(text: str) -> str:
    """Escaped text in which `code` is code; numbers are filled in."""
    text = filled(" ".join(text.split()))
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text, quote=False))


def filled(text: str) -> str:
    """Text in which every `{{ key }}` is a measured number."""
    from scripts.fill import KEY, lookup

    return KEY.sub(lambda match: lookup(match[1]), text)
