"""What a capture of the same code has, and a recording lacks without saying why."""

import re
from collections import Counter
from dataclasses import replace

from scripts.captures import capture_file, cells, expected, left_out
from scripts.captures.cells import LARGE, Values
from scripts.captures.expected import Expected
from scripts.captures.form import Capture
from scripts.common.errors import SiteError
from scripts.run.without import Cell, cell_of, is_left_out

NOT_ON_ALL = re.compile("bfloat16|bf16|tf32")


def at_home(want: Expected) -> Capture | None:
    """The tree's own capture, if it is there, whole and fresh."""
    try:
        fresh = expected.state(want) == "fresh"
    except SiteError as error:
        print(f"note: {error}")  # what is taken in may be its cure
        return None
    return capture_file.load(want.path) if fresh else None


def lost(want: Expected, capture: Capture) -> list[tuple[str, str]]:
    """Metrics, tables and series that a capture from the same code has, and this lacks.

    Another GPU may be without bfloat16 and TF32, and a CPU has no metric of a GPU. What
    is named as left out may be gone, and so may its rows of tables and points of
    series, and no others.
    """
    found = set()
    for known in _of_this_code(want):
        one_kind = known["machine"]["gpu"] == capture["machine"]["gpu"]
        for part in ("metrics", "tables", "series"):
            if part != "metrics" and not one_kind:
                continue
            found |= {
                (part.removesuffix("s") if part != "series" else part, name)
                for name in known.get("result", {}).get(part, {})
                if (one_kind or not NOT_ON_ALL.search(name))
                and not _is_there(part, name, capture, known)
            }
    return sorted(found)


def _of_this_code(want: Expected) -> list[Capture]:
    """The tree's captures of the same code: a CPU's, and for a GPU's also a GPU's."""
    devices = expected.DEVICES[: 1 + expected.DEVICES.index(want.device)]
    found = [at_home(replace(want, device=device)) for device in devices]
    return [known for known in found if known]


def _is_there(part: str, name: str, capture: Capture, known: Capture) -> bool:
    """Has the capture what the known one has under a name, as far as it has to?"""
    here, old = capture.get("result", {}).get(part, {}), known["result"][part][name]
    less, before = left_out.leasts(capture), left_out.leasts(known)
    if part == "metrics":
        if before and LARGE.search(name):  # of the widest net, which may be another
            here = {LARGE.sub("large_", other) for other in here}
            name = LARGE.sub("large_", name)
        return name in here or left_out.covers(capture, name)
    if is_left_out(cells.of_metric(name), less):
        return True
    if name not in here:
        return False
    if not less:
        return _size(here[name]) >= _size(old)
    if part == "tables":
        return _has_rows(here[name], old, less, before not in ([], less))
    return _has_points(name, here[name], old, less, cells.values_of(known["result"]))


def _has_rows(here: dict, old: dict, less: list[Cell], only_count: bool) -> bool:
    """Has a table every row and every column that is not of a cell left out?

    Where the other leaves out something else, its rows are merely counted: the widest
    net that gets the large batch is another.
    """
    columns = [t for t in old["columns"] if not is_left_out(cell_of(t), less)]
    if not set(columns) <= set(here["columns"]):
        return False
    rows = [cells.of_row(old["columns"], row) for row in old["rows"]]
    needed = Counter(_key(cell) for cell in rows if not is_left_out(cell, less))
    there = Counter(_key(cells.of_row(here["columns"], r)) for r in here["rows"])
    return needed.total() <= there.total() if only_count else needed <= there


def _key(cell: Cell) -> tuple:
    return tuple(sorted(cell.items()))


def _has_points(
    name: str, here: object, old: object, less: list[Cell], values: Values
) -> bool:
    """Has a series every point that is not of a cell left out, on each of its lines?"""
    points = cells.of_points(name, old, values)
    if not points or not isinstance(here, dict):
        return _size(here) >= _size(old)
    gone = [is_left_out(cell, less) for cell in points]
    needed = [x for x, is_gone in zip(old["x"], gone, strict=True) if not is_gone]
    x, lines = here.get("x"), here.get("y", [])
    if not isinstance(x, list) or not isinstance(lines, list):
        return False
    whole = all(isinstance(line, list) and len(line) == len(x) for line in lines)
    whole = whole and len(lines) >= len(old.get("y", []))
    return whole and all(x.count(point) >= needed.count(point) for point in needed)


def _size(part: dict | list) -> int:
    """How many rows a table has, or points a series; 1 for a metric."""
    if isinstance(part, dict) and "rows" in part:
        return len(part["rows"])
    lists = part.values() if isinstance(part, dict) else [part]
    return sum(len(found) for found in lists if isinstance(found, list))
