"""Which tables and plots are made of which experiment: one small function each.

What they say and how they look costs no recording: they get what was recorded.
"""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """How to make one table or plot; with `against`, beside that device's result."""

    function: Callable
    against: str | None = None


PLOTS: dict[tuple[str, str, str], Figure] = {}
TABLES: dict[tuple[str, str, str], Figure] = {}


def plot(slug: str, experiment: str, name: str, against: str | None = None) -> Callable:
    """Register a function that draws on axes and returns, in words, what it shows.

    It gets the axes and a result. With `against="cpu"` it is drawn from the CUDA
    capture alone, where there is one from the CPU too, and gets that one's result
    besides.
    """
    if against not in (None, "cpu"):
        raise ValueError(
            f"against={against!r}: a plot from CUDA can stand against 'cpu'"
        )
    return _registered(PLOTS, (slug, experiment, name), against)


def table(slug: str, experiment: str, name: str) -> Callable:
    """Register a function that gets a result and returns (columns, rows) of a table."""
    return _registered(TABLES, (slug, experiment, name), None)


def _registered(figures: dict, key: tuple, against: str | None) -> Callable:
    def register(function: Callable) -> Callable:
        if key in figures:
            raise ValueError(f"there are two functions for {'/'.join(key)}")
        figures[key] = Figure(function, against)
        return function

    return register


def of(figures: dict, slug: str, experiment: str) -> dict[str, Figure]:
    """Those of one experiment, by name."""
    return {
        n: made for (s, e, n), made in figures.items() if (s, e) == (slug, experiment)
    }
