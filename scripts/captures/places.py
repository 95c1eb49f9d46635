"""A number in two places: a metric that a table or a series of the result shows too.

Which places show which metric is found in the tree's captures of the same code, by
value: they have to agree there, and have another value in each capture.
"""

import math
import re
from collections.abc import Iterator

from scripts.captures import cells
from scripts.captures.form import Capture

FEWEST = 2  # captures that agree on what a place shows
DIGITS = 3  # that a cell needs to be told from another, unless it says its spread
NUMBER = re.compile(r"([-−]?)(\d[\d,]*)(?:\.(\d+))?(?:e([-+]\d+))?", re.A)
Place = tuple[str, ...]


def faults(capture: Capture, known: list[Capture]) -> Iterator[str]:
    """Places that show a metric in all known captures, and another number here."""
    metrics, here = capture["result"].get("metrics", {}), _places(capture)
    for place, name in _shown(known).items():
        if place not in here or name not in metrics:
            continue
        value, metric = here[place], metrics[name]
        if (isinstance(value, float) or _numbers(value)) and not _is(value, metric):
            yield (
                f"{', '.join(place)} is {value!r:.60}, and the metric {name!r} that it "
                f"shows is {metric['median']!r:.60} ± {metric['spread']!r:.60}"
            )


def _shown(known: list[Capture]) -> dict[Place, str]:
    """The one metric that a place shows in all captures that have it."""
    tables = [(_places(c), c["result"].get("metrics", {})) for c in known]
    found = {}
    for place in dict.fromkeys(p for places, _ in tables for p in places):
        there = [(places[place], m) for places, m in tables if place in places]
        if len({str(value) for value, _ in there}) < max(FEWEST, len(there)):
            continue  # a setting, or too little to go by
        names = [{n for n in m if _is(v, m[n]) and _tells(v)} for v, m in there]
        if len(both := set.intersection(*names)) == 1:
            found[place] = both.pop()
    return found


def _places(capture: Capture) -> dict[Place, str | float]:
    """What stands in each cell and at each point, by what that is of."""
    found: dict[Place, list] = {}
    for name, table in capture["result"].get("tables", {}).items():
        titles = table["columns"]
        for row in table["rows"]:
            pairs = [*zip(titles, row, strict=True)]
            of = " ".join(str(v) for t, v in pairs if cells.kind_of(t) or _is_text(v))
            for title, value in pairs:
                found.setdefault((f"the table {name!r}", of, title), []).append(value)
    for name, series in capture["result"].get("series", {}).items():
        if isinstance(series, dict) and len(series.get("y", ())) == 1:
            for x, value in zip(series["x"], series["y"][0], strict=True):
                found.setdefault((f"the series {name!r}", str(x)), []).append(value)
    return {p: v[0] for p, v in found.items() if len(v) == 1 and type(v[0]) is not int}


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(cells.WORDS.match(value))


def _is(value: str | float, metric: dict) -> bool:
    """Is it the metric's median, rounded as it is written, and its spread beside it?"""
    if isinstance(value, float):
        return math.isclose(value, metric["median"], rel_tol=1e-9)
    said = zip(_numbers(value), (metric["median"], metric["spread"]), strict=False)
    apart = [(abs(number - true), 0.501 * unit) for (number, unit), true in said]
    return bool(apart) and all(far <= most for far, most in apart)


def _tells(value: str | float) -> bool:
    """Has it enough digits to be this metric by no accident?"""
    if isinstance(value, float):
        return True
    (number, unit), *spread = _numbers(value) or [(0.0, 1.0)]
    return bool(spread) or abs(number) / unit >= 10 ** (DIGITS - 1)


def _numbers(text: str) -> list[tuple[float, float]]:
    """The numbers in a cell, each with what its last digit counts."""
    found = []
    for sign, whole, part, power in NUMBER.findall(text):
        unit = 10.0 ** (int(power or 0) - len(part))
        number = int(whole.replace(",", "") + part) * unit
        found.append((-number if sign else number, unit))
    return found
