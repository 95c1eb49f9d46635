"""The drawings that explain: one function each, in one style, with captured numbers.

`@drawing(slug, name)` registers a function without arguments that returns a `Drawing`.
A page includes the file: `docs/assets/drawings/<name>.svg`.
"""

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from pathlib import Path

from scripts.common.errors import SiteError
from scripts.common.paths import TREE, lessons
from scripts.content.drawings.pen import Drawing

# What a function raises for a number or a line of another form.
UNDRAWN = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError)
Draws = Callable[[], Drawing]
DRAWINGS: dict[str, tuple[str, Draws]] = {}  # by name: the lesson, and what draws


def drawing(slug: str, name: str) -> Callable[[Draws], Draws]:
    """Register a function that draws `docs/assets/drawings/<name>.svg` for a lesson."""

    def register(function: Draws) -> Draws:
        if name in DRAWINGS:
            raise ValueError(f"there are two drawings called {name}")
        DRAWINGS[name] = (slug, function)
        return function

    return register


def files() -> dict[Path, str]:
    """Every drawing of this tree's lessons: its file and its text.

    Raises SiteError for a number or a line that was not captured.
    """
    for found in pkgutil.iter_modules(__path__, f"{__name__}."):
        importlib.import_module(found.name)
    here = lessons()
    return {
        TREE.drawings / f"{name}.svg": _drawn(name, function)
        for name, (slug, function) in DRAWINGS.items()
        if slug in here
    }


def _drawn(name: str, function: Draws) -> str:
    """A drawing's text; SiteError names one that cannot be made of the captures."""
    try:
        return function().svg()
    except UNDRAWN as error:
        raise SiteError(
            f"the drawing {name} cannot be made of what was captured: {error!r}"
        ) from error


def orphans() -> Iterator[Path]:
    """Files among the drawings that no function draws."""
    found = sorted(TREE.drawings.glob("*"))
    yield from (path for path in found if path.stem not in DRAWINGS)
