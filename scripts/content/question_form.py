"""The form of a lesson's questions.yml: what each part has to be.

What is missing is for question_checks.py to say; here, what is there has its type, so
that YAML's own reading of `Yes`, `5` or an empty line is named and not met later on.
"""

from collections.abc import Mapping

from scripts.common.errors import SiteError

TEXT = "a text in quotes"
ANSWER = dict.fromkeys(("text", "right", "predicts", "shows", "captured"), str)
SHOWS = {"number": str, "says": str}
RETRIEVAL = {"question": str, "answer": str}
CALLED = {str: TEXT, dict: "parts with names", list: "a list", bool: "true or false"}


def check(found: object) -> None:
    """Raise SiteError for the first part of a file that is not what it has to be."""
    if not isinstance(found, dict):
        raise SiteError("it has to hold `predictions` and `retrieval`")
    predictions = _part(found, "predictions", dict, "it") or {}
    for key, question in predictions.items():
        where = f"question {key}"
        _is(key, str, f"{where}: its name")
        _is(question, dict, where)
        _prediction(question, where)
    for item in _part(found, "retrieval", list, "it") or []:
        _is(item, dict, "retrieval")
        for part in RETRIEVAL:
            if part not in item:
                raise SiteError(f"retrieval: {item} needs a `{part}`")
            _part(item, part, str, "retrieval")


def _prediction(question: dict, where: str) -> None:
    _part(question, "question", str, where)
    for answer in _part(question, "answers", list, where) or []:
        _is(answer, dict, f"{where}: an answer")
        for part, kind in {**ANSWER, "last": bool}.items():
            _part(answer, part, kind, f"{where}, answer '{answer.get('text', '?')}'")
    shows = _part(question, "shows", dict, where) or {}
    for part, kind in SHOWS.items():
        _part(shows, part, kind, f"{where}: `shows`")
    for line in _part(shows, "lines", list, f"{where}: `shows`") or []:
        _is(line, str, f"{where}: a line of `shows`")
        if ":" not in line:
            raise SiteError(f"{where}: the line '{line}' is not `block:label`")
    if {"number", "lines"} <= set(shows):
        raise SiteError(f"{where}: `shows` has a number or lines, not both")


def _part(holder: Mapping, part: str, kind: type, where: str) -> object:
    """A part, if it is there. SiteError if it is not of this kind."""
    if part in holder:
        _is(holder[part], kind, f"{where}: its `{part}`")
    return holder.get(part)


def _is(value: object, kind: type, what: str) -> None:
    if not isinstance(value, kind):
        said = "empty" if value is None else repr(value)
        raise SiteError(f"{what} is {said:.80}, and not {CALLED[kind]}")
