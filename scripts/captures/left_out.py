"""Cells that a GPU had too little memory for: what their recording may lack.

A capture says in `left_out` what was tried, such as "width 8192, batch 1024", and from
where on cells are left out, such as {"width": 8192}: what is larger needs more memory.
"""

from collections.abc import Iterator

from scripts.captures import cells
from scripts.captures.cells import of_metric
from scripts.captures.form import Capture, LeftOut
from scripts.captures.grids import Grid
from scripts.run.without import Cell, cell_of, is_left_out


def leasts(capture: Capture) -> list[Cell]:
    """From where on cells are left out, in an order that two recordings share."""
    told = [part["least"] for part in capture.get("left_out", [])]
    return sorted(told, key=lambda least: sorted(least.items()))


def added(left_out: list[dict], cell: str, least: Cell) -> list[dict]:
    """What is left out after one more cell failed: without what that covers."""
    rest = [part for part in left_out if not is_left_out(part["least"], [least])]
    return [*rest, {"cell": cell, "least": least}]


def covers(capture: Capture, metric: str) -> bool:
    """Is the metric one of a cell that the capture names as left out?"""
    return is_left_out(of_metric(metric), leasts(capture))


def words(least: Cell) -> str:
    """From where on, as a sentence says it."""
    told = " and ".join(f"{kind} {value}" for kind, value in least.items())
    large = told.removeprefix("large_")
    return large if large != told else f"from {told} on"


def sentence(capture: Capture) -> str:
    """What is not recorded, and why; "" if nothing is left out."""
    parts = capture.get("left_out", [])
    what = ", ".join(words(part["least"]) for part in parts)
    tried = "; ".join(part["cell"] for part in parts)
    why = f"the GPU had too little memory for {tried}"
    return f"not recorded {what}: {why}" if parts else ""


def faults(capture: Capture) -> Iterator[str]:
    """What cannot be so in what a capture says that it leaves out."""
    if "left_out" not in capture:
        return
    parts, result = capture["left_out"], capture.get("result")
    if not parts:
        yield "left_out is [], not a list of cells"
    if capture["machine"]["device"] != "cuda":
        yield "left_out names cells that a GPU had no memory for, and it has no GPU"
    for part in parts:
        if not _is_of(part):
            yield f"left_out has {part!r:.120}, which is no cell and from where on"
            return
    for part in parts:
        least = part["least"]
        rest = [other["least"] for other in parts if other is not part]
        if is_left_out(least, rest):
            yield f"left_out says {words(least)}, which another of its cells covers"
        for thing, cell in cells.held(result):
            if is_left_out(cell, [least]):
                yield f"left_out says {words(least)}, and {thing} is there"
    for place in cells.odd(result):
        yield f"{place} is no number as an experiment prints it"


def foreign(capture: Capture, grid: Grid) -> Iterator[str]:
    """What is named as left out, and is no cell of the experiment as its code is."""
    for part in capture.get("left_out", []):
        if not grid.values or not grid.says(part["cell"]):
            yield f"left_out has {part['cell']!r:.60}, which the experiment never says"
        elif not grid.has(part["least"]):
            yield (
                f"left_out says {words(part['least'])}, which is no larger cell of the "
                "experiment's grid"
            )
        elif not grid.runs(part["cell"]):
            yield f"left_out has {part['cell']!r:.60}, which is no cell of its grid"


def _is_of(part: LeftOut) -> bool:
    """Are the numbers from which on all is left out those in the text of the cell?"""
    told = cell_of(part["cell"])
    told["large_batch"] = told.get("batch")
    least = part["least"].items()
    return bool(least) and all(told.get(kind) == value for kind, value in least)
