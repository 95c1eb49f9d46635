"""From an experiment's recorded data to the tables and plots that pages include.

Pure: the same capture always gives the same bytes. A plot can be restyled without the
machine that measured it.
"""

import re
from pathlib import Path

from scripts.captures.capture_file import load
from scripts.common.formatting import CELL, safe, show, signed
from scripts.common.paths import SiteError
from scripts.render.plots import (  # noqa: F401, it registers its plots
    fashion_mnist_project,
    gpu_training,
    gpu_training_amp,
    saving_and_loading,
    style,
)

EATEN = re.compile(r"`[^`]*`|__|\*\*")


def cell(value: object) -> str:
    """A table cell: numbers as in sentences, and nothing that Markdown would eat.

    That is a pipe, which ends a cell, and outside `code` what makes text bold.
    """
    text = signed(value) if isinstance(value, str) else show(value)
    text = EATEN.sub(lambda found: _escaped(found[0]), text)
    return text.replace("|", "\\|").replace("\n", " ")


def _escaped(found: str) -> str:
    """What Markdown would eat with a backslash before each character; code as it is."""
    return found if found[0] == "`" else "".join(f"\\{mark}" for mark in found)


def table(columns: list[str], rows: list[list]) -> str:
    """A Markdown table; columns whose every cell is a number are right-aligned."""
    numeric = [
        all(not isinstance(row[i], str) for row in rows) for i in range(len(columns))
    ]
    rule = ["---:" if right else "---" for right in numeric]
    lines = [columns, rule, *[[cell(value) for value in row] for row in rows]]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def recorded_table(data: dict) -> str:
    """A table as an experiment gave it: its texts show as they are, and do nothing."""

    def shown(row: list) -> list:
        return [safe(x, CELL) if isinstance(x, str) else x for x in row]

    return table(shown(data["columns"]), [shown(row) for row in data["rows"]])


def rendered(slug: str, path: Path, capture: dict) -> dict[Path, str]:
    """Every file that is rendered from one capture: its path and its text."""
    files = {}
    for name, data in capture.get("result", {}).get("tables", {}).items():
        target = path.with_name(f"{path.stem}-{name}.md")
        files[target] = recorded_table(data)
    for (plot_slug, experiment, name), draw in style.PLOTS.items():
        if (plot_slug, experiment) != (slug, path.stem):
            continue
        other = path.parents[1] / "cpu" / path.name
        if draw.against and (path == other or not other.exists()):
            continue
        results = [capture["result"]]
        results += [load(other)["result"]] if draw.against else []
        try:
            files[path.with_name(f"{path.stem}-{name}.svg")] = draw(*results)
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            lacks = "it lacks " if isinstance(error, LookupError) else ""
            raise SiteError(
                f"the plot {name} cannot be drawn from {path.parent.name}/{path.name} "
                f"of {slug}: {lacks}{error}. Record it again, or delete that capture"
            ) from error
    return files
