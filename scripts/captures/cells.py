"""Which cell of its grid a metric, a row of a table or a point of a series is of.

Names and titles say it: `float32_w64_b16_ms`, a column "width", a text "width 64".
"""

import math
import re
from collections.abc import Iterator
from itertools import product

from scripts.captures.results import is_number
from scripts.run.without import NUMBER, Cell, cell_of, is_left_out

# How the name of a metric tells the cell that it is of.
NAMED = {
    "width": rf"(?:^|_)w({NUMBER})(?=_|$)",
    "batch": rf"(?:^|_)b({NUMBER})(?=_|$)",
    "size": rf"_({NUMBER})_(?:back_us|us|gb_per_s|gain|gflops)$",
}
LARGE = re.compile(r"(?<![^_])large_w[0-9]+_")  # of the large batch, in no name
# Titles of columns, up to a comma before them, and a text in a table.
TITLES = {"width": "width", "batch": "batch", "images": "size"}
SQUARE = re.compile(rf"product of two ({NUMBER}) × ")

Values = dict[str, list[int]]  # of the grid, by kind


def of_metric(name: str) -> Cell:
    """The cell that a metric is of, as far as its name tells; {} for one of none."""
    found = {kind: re.search(pattern, name) for kind, pattern in NAMED.items()}
    cell = {kind: int(match[1]) for kind, match in found.items() if match}
    return {**cell, "large_batch": math.inf} if LARGE.search(name) else cell


def of_row(columns: list[str], row: list) -> Cell:
    """The cell that a row of a table is of, as far as its titles and texts tell."""
    found: Cell = {}
    for title, value in zip(columns, row, strict=False):
        text = str(value)
        whole = re.fullmatch(NUMBER, text.replace(",", "").removesuffix(".0"))
        kind = TITLES.get(str(title).rsplit(", ", 1)[-1])
        if kind and whole:
            found[kind] = int(whole[0])
        elif square := SQUARE.match(text):
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
    return [{**of_metric(name), kind: round(point / factor)} for point in x]


def shown(result: dict, left_out: list[Cell]) -> Iterator[str]:
    """Where tables and series of a result have cells that are said to be left out."""
    for name, table in _objects(result, "tables"):
        columns, rows = table.get("columns"), table.get("rows")
        if not (isinstance(columns, list) and isinstance(rows, list)):
            continue  # named elsewhere
        for title, row in product(columns, filter(_is_list, rows)):
            cell = {**of_row(columns, row), **cell_of(str(title))}
            if is_left_out(cell, left_out):
                yield f"the row {row[0]!r:.40} of the table {name!r:.40}"
                break
    for name, series in _objects(result, "series"):
        points = of_points(name, series, values_of(result))
        if any(is_left_out(p, left_out) for p in [of_metric(name), *points]):
            yield f"a point of the series {name!r:.40}"


def _objects(result: dict, part: str) -> list[tuple[str, dict]]:
    """The tables or series of a result that are objects, as they should be."""
    found = result.get(part, {}).items()
    return [(name, value) for name, value in found if isinstance(value, dict)]


def _is_list(row: object) -> bool:
    return isinstance(row, list) and bool(row)
