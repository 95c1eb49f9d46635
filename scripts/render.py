"""From an experiment's recorded data to the tables and plots that pages include.

Pure: the same capture always gives the same bytes. A plot can be restyled without the
machine that measured it.
"""

from pathlib import Path

from scripts import plots_saving_and_loading  # noqa: F401, it registers its plots
from scripts.fill import show
from scripts.plots import PLOTS


def cell(value: object) -> str:
    """A table cell: numbers as in sentences, no pipe that would end the cell."""
    text = value if isinstance(value, str) else show(value)
    return text.replace("|", "\\|").replace("\n", " ")


def table(columns: list[str], rows: list[list]) -> str:
    """A Markdown table; columns whose every cell is a number are right-aligned."""
    numeric = [
        all(not isinstance(row[i], str) for row in rows) for i in range(len(columns))
    ]
    rule = ["---:" if right else "---" for right in numeric]
    lines = [columns, rule, *[[cell(value) for value in row] for row in rows]]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def rendered(slug: str, path: Path, capture: dict) -> dict[Path, str]:
    """Every file that is rendered from one capture: its path and its text."""
    files = {}
    for name, data in capture.get("result", {}).get("tables", {}).items():
        target = path.with_name(f"{path.stem}-{name}.md")
        files[target] = table(data["columns"], data["rows"])
    for (plot_slug, experiment, name), draw in PLOTS.items():
        if (plot_slug, experiment) == (slug, path.stem):
            target = path.with_name(f"{path.stem}-{name}.svg")
            files[target] = draw(capture["result"], capture)
    return files
