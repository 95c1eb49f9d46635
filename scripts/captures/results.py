"""Has an experiment's result the form that pages rely on, and numbers that can be?"""

import math
import re
from collections.abc import Iterator

# Units that end the name of a metric and are never below zero.
AMOUNTS = re.compile(r"(_|^)(ms|us|s|seconds|mb|gflops?|epochs?|steps?|images)$")
NAME = re.compile(r"[A-Za-z0-9_.-]+")


def faults(capture: dict) -> Iterator[str]:
    """What cannot be so in a capture's `result`: the place, and what was expected."""
    result = capture["result"]
    parts = ("metrics", "tables", "series")
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
    yield from _numbers("result", result)
    yield from _counts(capture, result)


def is_number(value: object) -> bool:
    """A finite number, and no truth value."""
    right = isinstance(value, int | float) and not isinstance(value, bool)
    return right and math.isfinite(value)


def _metrics(metrics: dict) -> Iterator[str]:
    for name, metric in metrics.items():
        lowest = 0 if AMOUNTS.search(name) else -math.inf
        for part, least in (("median", lowest), ("spread", 0), ("n", 1)):
            value = metric.get(part) if isinstance(metric, dict) else None
            if not is_number(value) or value < least:
                wanted = f"a number from {least} on" if least == 0 else "a number"
                yield f"{part} of the metric {name!r} is {value!r:.60}, not {wanted}"


def _tables(tables: dict) -> Iterator[str]:
    for name, table in tables.items():
        if not NAME.fullmatch(name):
            yield f"a table is called {name!r:.60}, which is no name of a file"
        columns = table.get("columns") if isinstance(table, dict) else None
        rows = table.get("rows") if isinstance(table, dict) else None
        if not (_is_list_of(str, columns) and _is_list_of(list, rows)):
            yield f"the table {name!r} is without its columns and rows"
        elif any(len(row) != len(columns) for row in rows):
            yield f"the table {name!r} has a row that is not {len(columns)} cells long"
        else:
            cells = [cell for row in rows for cell in row]
            odd = [c for c in cells if not (isinstance(c, str) or is_number(c))]
            if odd:
                yield f"the table {name!r} has the cell {odd[0]!r:.60}"


def _is_list_of(kind: type, value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, kind) for item in value)


def _numbers(where: str, value: object) -> Iterator[str]:
    """Every number that is none: nan, or infinite."""
    if isinstance(value, float) and not math.isfinite(value):
        yield f"{where} is {value}"
    elif isinstance(value, dict):
        for key, part in value.items():
            yield from _numbers(f"{where}.{key}", part)
    elif isinstance(value, list):
        for part in value:
            yield from _numbers(where, part)


def _counts(capture: dict, result: dict) -> Iterator[str]:
    """`warmup` and `repeats` beside a result are what that says itself."""
    metrics = [m for m in result.get("metrics", {}).values() if isinstance(m, dict)]
    numbers = [metric["n"] for metric in metrics if is_number(metric.get("n"))]
    said = {"warmup": result.get("warmup", 0), "repeats": max(numbers, default=1)}
    for key, value in said.items():
        if capture[key] != value:
            yield f"{key} is {capture[key]!r:.60}, but its result says {value!r:.60}"
