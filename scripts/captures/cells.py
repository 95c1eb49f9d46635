"""What a result holds, each thing in words, with the cell of the grid that it is of.

Names and titles say which: `float32_w64_b16_ms`, a column "width", a text "width 64".
"""

import math
import re
from collections.abc import Iterator
from itertools import product

from scripts.captures.results import is_number
from scripts.run.without import NUMBER, Cell, cell_of

# How the name of a metric tells the cell that it is of.
NAMED = {
    "width": rf"(?:^|_)w({NUMBER})(?=_|$)",
    "batch": rf"(?:^|_)b({NUMBER})(?=_|$)",
    "size": rf"_({NUMBER})_(?:back_us|us|gb_per_s|gain|gflops)$",
}
LARGE = re.compile(r"(?<![^_])large_w[0-9]+_")  # of the large batch, in no name
# Titles of columns, up to a comma before them, and a text in a table.
TITLES = {"width": "width", "batch": "batch", "images": "size"}
WORDS = re.compile(r"[^\W\d_]")  # a text that says what a row is of, no number
SQUARE = re.compile(rf"product of two ({NUMBER}) × ")

Values = dict[str, list[int]]  # of the grid, by kind


def of_metric(name: str) -> Cell:
    """The cell that a metric is of, as far as its name tells; {} for one of none."""
    found = {kind: re.search(pattern, name) for kind, pattern in NAMED.items()}
    cell = {kind: int(match[1]) for kind, match in found.items() if match}
    return {**cell, "large_batch": math.inf} if LARGE.search(name) else cell


def kind_of(title: object) -> str | None:
    """The kind of number below a column's title, if that is of the grid."""
    return TITLES.get(str(title).rsplit(", ", 1)[-1])


def plain(value: object) -> int | None:
    """The whole number that a cell of a table is, as an experiment prints one."""
    text = str(value).replace(",", "").removesuffix(".0")
    return int(text) if re.fullmatch(NUMBER, text) else None


def of_row(columns: list[str], row: list) -> Cell:
    """The cell that a row of a table is of, as far as its titles and texts tell."""
    found: Cell = {}
    for title, value in zip(columns, row, strict=False):
        kind, number = kind_of(title), plain(value)
        if kind and number:
            found[kind] = number
        elif square := SQUARE.match(str(value)):
            found["size"] = int(square[1])
        elif isinstance(value, str):
            found |= cell_of(value)
    if "batch" in found:
        found["large_batch"] = found["batch"]
    return found


def values_of(result: dict) -> Values:
    """What of each kind the metrics of a result have."""
    found: dict[str, set[int]] = {}
    for name in result.get("metrics", {}):
        for kind, value in of_metric(name).items():
            found.setdefault(kind, set()).add(value)
    return {k: sorted(v) for k, v in found.items() if k != "large_batch"}


def of_points(name: str, series: object, values: Values) -> list[Cell]:
    """The cell of each point of a series; [] if its x is not of the grid.

    Its x is a kind of number of which it has all the `values`; or, as megabytes are
    for images, a multiple of such numbers.
    """
    x = series.get("x") if isinstance(series, dict) else None
    if not isinstance(x, list) or not x or not all(map(is_number, x)):
        return []
    found = []
    for (kind, known), once in product(values.items(), (True, False)):
        factor = 1 if once else min(x) / known[0]
        if all(any(math.isclose(v * factor, p) for p in x) for v in known):
            found.append((once, len(known), kind, factor))
    if not found or not max(found)[-1]:
        return []
    _, _, kind, factor = max(found)
    counts = [point / factor for point in x]
    if not all(map(math.isfinite, counts)):
        return []
    return [{**of_metric(name), kind: round(count)} for count in counts]


def held(result: object) -> Iterator[tuple[str, Cell]]:
    """All that a result of any form holds: metrics, columns, rows, points of series."""
    metrics = _part(result, "metrics")
    for name in metrics:
        yield f"the metric {name!r}", of_metric(name)
    values = values_of({"metrics": metrics})
    for name, table in _part(result, "tables").items():
        yield f"the table {name!r}", of_metric(name)
        yield from _of_table(f"of the table {name!r}", table, values)
    for name, series in _part(result, "series").items():
        yield f"the series {name!r}", of_metric(name)
        yield from _of_series(name, series, values)


def odd(result: object) -> Iterator[str]:
    """What stands in a column of the grid and is no number as it is printed."""
    for name, table in _part(result, "tables").items():
        columns, rows = _columns_and_rows(table)
        for title, row in product(columns, rows):
            value = dict(zip(columns, row, strict=False)).get(title)
            if kind_of(title) and not plain(value):
                yield f"the cell {value!r:.40} below {title!r:.40} of the table {name}"


def _of_table(where: str, table: object, values: Values) -> Iterator[tuple[str, Cell]]:
    """Columns by their titles, and rows by what they are of: not by their numbers.

    Of a kind that no metric names, such as the images of a race, a number is a setting.
    """
    columns, rows = _columns_and_rows(table)
    for title in columns:
        yield f"the column {title!r:.60} {where}", cell_of(title)
    for row in rows:
        told = [
            f"{title} {value}" if kind_of(title) in values else str(value)
            for title, value in zip(columns, row, strict=False)
            if kind_of(title) in values or WORDS.match(str(value))
        ]
        yield f"the row {', '.join(told)!r:.120} {where}", of_row(columns, row)


def _of_series(name: str, series: object, values: Values) -> Iterator[tuple[str, Cell]]:
    """The points that all its lines have; if x is not of the grid, how many there are.

    How many lines there are is how often it was measured.
    """
    where = f"of the series {name!r}"
    if points := of_points(name, series, values):
        lines = series.get("y")
        lines = lines if isinstance(lines, list) else []
        lengths = [len(line) if isinstance(line, list) else 0 for line in lines]
        for x, cell in list(zip(series["x"], points, strict=True))[
            : min(lengths, default=0)
        ]:
            yield f"the point at {x} {where}", cell
        return
    parts = [*series.values()] if isinstance(series, dict) else [series]
    for number, part in enumerate(parts, 1):
        part = part if isinstance(part, list) else [part]
        count = sum(len(inner) if isinstance(inner, list) else 1 for inner in part)
        yield from [(f"a value in {number} {where}", of_metric(name))] * count


def _part(result: object, name: str) -> dict:
    """The metrics, tables or series of a result that may be of any form."""
    part = result.get(name) if isinstance(result, dict) else None
    return part if isinstance(part, dict) else {}


def _columns_and_rows(table: object) -> tuple[list[str], list[list]]:
    """Those of a table that may be of any form; what is none is named elsewhere."""
    found = table if isinstance(table, dict) else {}
    columns, rows = found.get("columns"), found.get("rows")
    columns = [str(title) for title in columns] if isinstance(columns, list) else []
    rows = rows if isinstance(rows, list) else []
    return columns, [row for row in rows if isinstance(row, list)]
