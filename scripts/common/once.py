"""Read the tree once in a build or a check, however often the same file is asked for.

Between `begin` and `end` nothing in the tree changes, so what a function marked with
`@once` has answered is its answer. At any other time it is asked anew.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import ParamSpec, TypeVar, cast

Question = ParamSpec("Question")
Answer = TypeVar("Answer")

_answers: list[dict] = []  # of what is going on; none between two builds


def begin() -> None:
    """From now on until `end`, remember; forget what was remembered before."""
    _answers[:] = [{}]


def end() -> None:
    """Forget, and remember nothing more."""
    _answers.clear()


@contextmanager
def unchanged() -> Iterator[None]:
    """Meanwhile, nothing in the tree changes."""
    begin()
    try:
        yield
    finally:
        end()


def once(function: Callable[Question, Answer]) -> Callable[Question, Answer]:
    """A function that works out an answer once in a build; nobody may change it."""

    @wraps(function)
    def asked(*arguments: Question.args, **named: Question.kwargs) -> Answer:
        if not _answers:
            return function(*arguments, **named)
        known, key = _answers[0], (function, arguments, tuple(named.items()))
        if key not in known:
            known[key] = function(*arguments, **named)
        return cast(Answer, known[key])

    return asked
