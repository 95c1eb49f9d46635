"""Has an experiment's result the form that pages rely on, and numbers that can be?"""

import math
import re
import sys
from collections.abc import Iterator
from typing import NamedTuple

from scripts.captures.form import Capture

# A measured time: its unit in its name, or one cell or line of the crossover's grid.
TIME = r"(_|^)(ms|us|s|seconds)$|_(ms|us)_|(_|^)seconds_|^(cpu|cuda)(_w\d+)?_b\d+$"


class Rule(NamedTuple):
    """What numbers of such a name can be: from the lowest to the highest."""

    names: str  # a pattern
    lowest: float
    highest: float
    says: str


ABOVE = sys.float_info.min  # the smallest number above 0


# Fitted or subtracted: on either side of 0, whatever the unit.
SIGNED = Rule(
    r"^per_image_us$|^fixed_ms_per_step$"
    r"|(_|^)(difference|minus|gap|gain|lower|dip|rise|by_the_fit)(_|$)",
    -math.inf,
    math.inf,
    "a number",
)
# The first that fits counts: for metrics, series and columns of tables.
RULES = (
    # How many times as fast, after a number of images.
    Rule(r"_\d+_gain$", 0, math.inf, "a number from 0 on"),
    SIGNED,
    Rule(r"(_|^)accuracy(_|$)", 0, 100, "a percentage from 0 to 100"),
    Rule(TIME, ABOVE, math.inf, "a number above 0"),
    Rule(
        r"(_|^)(mb|gb_per_s|gflops?|tflops|rate|ratio|speedup|bound|percent|epochs?"
        r"|steps?|images|weights|error|noise)$",
        0,
        math.inf,
        "a number from 0 on",
    ),
    Rule("", -math.inf, math.inf, "a number"),
)
# Titles of columns that hold numbers which their words alone do not tell.
MEASURED = Rule(
    r"(^|, )batch [0-9]+$|times as fast|(^|\W)s for |(^|\W)(µs|us|ms|MB|GB/s)(\W|$)"
    r"|\bGFLOP|images/s| of float32's$",
    0,
    math.inf,
    "a number from 0 on",
)
SHARE = Rule("%", 0, 500, "a percentage from 0 to some hundred")
NO_NUMBER = re.compile(r"(^|[±\s(])[-−+]?(nan|inf(inity)?)\b|±\s*[-−]", re.I)
TABLE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,60}")  # becomes a part of a file name
LONGEST = 100  # letters of a metric's name
LONGEST_CELL = 200
FIT, FEWEST = "fit", 3  # through two points, a line goes whatever they are
WIDEST = 1000  # times the median
METRIC = ("median", "spread", "n")
BEYOND = 1e15  # larger than anything that an experiment counts or times
DIGITS = r"(\d{1,3}(,\d{3})+|\d+)?(\.\d+)?(?<=\d)(e[-+−]?\d+)?"
# "25.0 ± 3.1", "0.41 (once)", "1.4 times", "94.9 ± 6.12*" (of fewer steps); nothing,
# or "none", where there is none.
CELL = re.compile(rf"([-+−]?{DIGITS}( ± {DIGITS})?( times| \(once\)|\*)?|none)?", re.A)


def faults(capture: Capture) -> Iterator[str]:
    """What cannot be so in a capture's `result`: the place, and what was expected."""
    result = capture["result"]
    parts = ("metrics", "tables", "series", "counts", "settings")
    if not isinstance(result, dict):
        yield f"result is {result!r:.60}, not an object with {', '.join(parts)}"
        return
    wrong = [part for part in parts if not isinstance(result.get(part, {}), dict)]
    for part in wrong:
        yield f"result.{part} is {result[part]!r:.60}, not an object"
    if wrong:
        return
    yield from _metrics(result.get("metrics", {}))
    yield from _tables(result.get("tables", {}))
    yield from numbers("result", result)
    yield from _series(result.get("series", {}))
    yield from _counts(result.get("counts", {}))
    yield from repetitions(capture, result)


def rule(name: str) -> Rule:
    """What a number of that name can be; a column's title counts as a name."""
    plain = name.lower().replace("'s", "").replace("µ", "u")
    plain = re.sub(r"\W+", "_", plain).strip("_")
    return next(rule for rule in RULES if re.search(rule.names, plain))


def of_column(title: str) -> Rule:
    """What the cells below a title can be."""
    can = rule(title)
    if can is SIGNED or "accuracy" in title:
        return can
    if re.search(SHARE.names, title):
        return SHARE
    measured = can is RULES[-1] and re.search(MEASURED.names, title)
    return MEASURED if measured else can


def is_time(name: str) -> bool:
    """Is it the name of something that is never measured the same twice?"""
    return re.search(TIME, name) is not None


def has_sign(name: str) -> bool:
    """May numbers of that name be on either side of 0, as differences are?"""
    return rule(name) is SIGNED


def is_number(value: object) -> bool:
    """A finite number, no truth value, and of a size that can be drawn."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return -BEYOND < value < BEYOND  # nan is not either


def is_count(value: object, least: int = 1) -> bool:
    """A whole number from `least` on."""
    return is_number(value) and isinstance(value, int) and value >= least


def _metrics(metrics: dict) -> Iterator[str]:
    for name, metric in metrics.items():
        if len(name) > LONGEST:
            yield f"the name of the metric {name!r:.60} is over {LONGEST} letters long"
        found = metric if isinstance(metric, dict) else {}
        median, spread, n = (found.get(part) for part in METRIC)
        can = rule(name)
        if not is_number(median) or not can.lowest <= median <= can.highest:
            yield f"median of the metric {name!r} is {median!r:.60}, not {can.says}"
        widest = can.highest - can.lowest
        if not is_number(spread) or not 0 <= spread <= widest:
            says = "on" if widest == math.inf else f"to {widest}"
            yield f"spread of the metric {name!r} is {spread!r:.60}, not from 0 {says}"
        elif _is_too_wide(can, median, spread):
            yield (
                f"spread of the metric {name!r} is {spread!r:.60}, more than "
                f"{WIDEST:,} times its median {median!r:.60}"
            )
        if not is_count(n):
            yield f"n of the metric {name!r} is {n!r:.60}, not a whole number from 1 on"
        elif n == 1 and spread:
            yield f"spread of the metric {name!r} is {spread!r:.60}, and n is 1"
        for part in sorted(set(found) - set(METRIC)):
            yield f"the metric {name!r} has {part!r:.60}, not only {', '.join(METRIC)}"
        if name.endswith("_gflops"):
            yield from _best(name, metric, metrics)


def _is_too_wide(can: Rule, median: object, spread: float) -> bool:
    """Does what is never below 0 spread further than one stalled run explains?"""
    if can.lowest < 0 or not is_number(median) or median <= 0:
        return False
    return spread > WIDEST * median


def _best(name: str, metric: object, metrics: dict) -> Iterator[str]:
    """The best rate of products is one of those beside it, as matmul_512_gflops is."""
    of_one = re.compile(re.escape(name.removesuffix("gflops")) + r"[0-9]+_gflops")
    rates = [value for other, value in metrics.items() if of_one.fullmatch(other)]
    if rates and metric not in rates:
        yield f"the metric {name!r} is the rate of no size that is there"
        return
    medians = [r["median"] for r in rates if isinstance(r, dict) and "median" in r]
    largest = max(filter(is_number, medians), default=None)
    if largest is not None and metric["median"] != largest:
        yield (
            f"median of the metric {name!r} is {metric['median']!r:.60}, not the "
            f"largest of the rates beside it, {largest!r:.60}"
        )


def _tables(tables: dict) -> Iterator[str]:
    for name, table in tables.items():
        if not TABLE.fullmatch(name):
            yield f"a table is called {name!r:.60}, which is no name of a file"
        columns = table.get("columns") if isinstance(table, dict) else None
        rows = table.get("rows") if isinstance(table, dict) else None
        if not (_is_list_of(str, columns) and _is_list_of(list, rows)):
            yield f"the table {name!r} is without its columns and rows"
        elif any(len(row) != len(columns) for row in rows):
            yield f"the table {name!r} has a row that is not {len(columns)} cells long"
        else:
            for number, column in enumerate(columns):
                cells = [row[number] for row in rows]
                yield from _cells(f"the table {name!r}", column, cells)


def _cells(table: str, column: str, cells: list) -> Iterator[str]:
    """What cannot be so in one column of a table. A small time may be rounded to 0."""
    can = of_column(column)
    for cell in cells:
        if not (isinstance(cell, str) or is_number(cell)):
            yield f"{table} has the cell {cell!r:.60}"
        elif isinstance(cell, str) and _is_beyond(cell):
            yield f"{table} has the cell {cell!r:.60}, longer or larger than one can be"
        elif isinstance(cell, str) and (
            NO_NUMBER.search(cell) or can is not RULES[-1] and not CELL.fullmatch(cell)
        ):
            yield f"{table} has the cell {cell!r:.60}, which is no number"
        elif (value := number_in(cell)) and not can.lowest <= value <= can.highest:
            yield f"{table} has the cell {cell!r:.60} below {column!r}, not {can.says}"


def number_in(cell: str | int | float) -> float | None:
    """The number that a cell is, or begins with."""
    if not isinstance(cell, str):
        return cell
    found = re.match(r"\s*([-−]?)((?:\d[\d,]*)?\.?\d+(?:e[-+]?\d+)?)", cell, re.A)
    if not found:
        return None
    return float(f"{found[1] and '-'}{found[2].replace(',', '')}")


def _is_beyond(cell: str) -> bool:
    """Is it longer than any cell, or a number beyond all that is measured?"""
    number = number_in(cell) if len(cell) <= LONGEST_CELL else math.inf
    return number is not None and abs(number) >= BEYOND


def _is_list_of(kind: type, value: object) -> bool:
    """A list of such things, and of one at least."""
    return (
        isinstance(value, list)
        and len(value) > 0
        and all(isinstance(item, kind) for item in value)
    )


def _series(series: dict) -> Iterator[str]:
    for name, values in series.items():
        can = rule(name)
        for value in _leaves(values):
            if is_number(value) and not can.lowest <= value <= can.highest:
                yield f"the series {name!r} has {value!r:.60}, not {can.says}"
        if name == FIT and len([*_leaves(values)]) < 2 * FEWEST:
            yield f"the series {name!r} is a line fitted to fewer than {FEWEST} points"
        if isinstance(values, dict) and {"x", "y"} & set(values):
            yield from _points(name, values.get("x"), values.get("y"))


def _points(name: str, x: object, y: object) -> Iterator[str]:
    """What is no line of points: `y` has lists of numbers, one number for each x."""
    series, unnamed = f"the series {name!r}", rule(name) is RULES[-1]
    if not isinstance(x, list):
        yield f"x of {series} is {x!r:.60}, not a list of numbers"
        return
    if not _is_list_of(list, y):
        yield f"y of {series} is {y!r:.60}, not a list of lists of numbers"
        return
    for axis, line in ("x", x), *(("y", line) for line in y):
        wrong = [value for value in line if not is_number(value)]
        yield from (
            f"{axis} of {series} has {value!r:.60}, not a finite number"
            for value in wrong
        )
        if axis == "x" and not wrong and line != sorted(set(line)):
            yield f"x of {series} is not in ascending order, each point once"
        if axis == "y" and unnamed and not wrong and min(line, default=0) < 0:
            yield f"y of {series} has {min(line)!r:.60}, not a number from 0 on"
    for line in y:
        if len(line) != len(x):
            yield (
                f"y of {series} has a line of {len(line)} numbers, not of {len(x)} "
                "as its x"
            )


def _leaves(value: object) -> Iterator[object]:
    if isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _leaves(part)
    else:
        yield value


def numbers(where: str, value: object) -> Iterator[str]:
    """Every number that is none: nan, infinite, or beyond all that can be drawn."""
    if isinstance(value, int | float):
        if not is_number(value) and not isinstance(value, bool):
            yield f"{where} is {value!r:.60}, not a finite number"
    elif isinstance(value, dict):
        for key, part in value.items():
            yield from numbers(f"{where}.{key}", part)
    elif isinstance(value, list):
        for part in value:
            yield from numbers(where, part)


def _counts(found: dict) -> Iterator[str]:
    for name, value in found.items():
        if not is_count(value, 0):
            yield f"the count {name!r} is {value!r:.60}, not a whole number from 0 on"


def repetitions(capture: Capture, result: dict) -> Iterator[str]:
    """`warmup` and `repeats` are what the result says; a program has 0 and 1."""
    metrics = [m for m in result.get("metrics", {}).values() if isinstance(m, dict)]
    numbers = [metric["n"] for metric in metrics if is_number(metric.get("n"))]
    said = {"warmup": result.get("warmup", 0), "repeats": max(numbers, default=1)}
    for key, value in said.items():
        if capture[key] != value or isinstance(value, bool):
            yield f"{key} is {capture[key]!r:.60}, but its result says {value!r:.60}"
