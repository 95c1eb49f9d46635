"""The code cells of a notebook: to run them, and to know which of them are checks."""

import json
from pathlib import Path


def code_cells(path: Path) -> list[tuple[str, str]]:
    """(name, source) of a notebook's code cells, in order."""
    return [(name, "".join(cell["source"])) for name, cell in _named(path)]


def checks(path: Path) -> set[str]:
    """The names (as `code_cells` gives them) of the cells that check a solution."""
    tagged = [(name, cell["metadata"].get("tags", [])) for name, cell in _named(path)]
    return {name for name, tags in tagged if "check" in tags}


def _named(path: Path) -> list[tuple[str, dict]]:
    """The code cells with their names: that of a captured block, or `cell-3`."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    codes = [cell for cell in cells if cell["cell_type"] == "code"]
    return [
        (cell["metadata"].get("capture", {}).get("name", f"cell-{number}"), cell)
        for number, cell in enumerate(codes, start=1)
    ]
