"""From an experiment's recorded data to the tables and plots that pages include.

A figure is made of its experiment's own capture alone, or of that one and the CPU's:
the same captures always give the same bytes. So it can be restyled and reworded without
the machine that measured it.
"""

import importlib
import pkgutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scripts.captures.capture_file import load
from scripts.captures.form import Capture
from scripts.common.errors import SiteError
from scripts.render import plots, registry, tables
from scripts.render.markdown_table import recorded_table
from scripts.render.plots import style

# What a function raises for data of another form, or with a 0 where none can be.
UNDRAWN = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError)

for package in (plots, tables):  # each module registers what it makes
    for found in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        importlib.import_module(found.name)


def rendered(slug: str, path: Path, capture: Capture) -> dict[Path, str]:
    """Every file that is rendered from one capture: its path and its text."""
    result = capture.get("result", {})
    files = {}
    for name, data in result.get("tables", {}).items():
        files[path.with_name(f"{path.stem}-{name}.md")] = recorded_table(data)
    for name, made in registry.of(registry.TABLES, slug, path.stem).items():
        with _named(f"table {name}", slug, path):
            columns, rows = made.function(result)
            text = recorded_table({"columns": columns, "rows": rows})
        files[path.with_name(f"{path.stem}-{name}.md")] = text
    for name, made in registry.of(registry.PLOTS, slug, path.stem).items():
        other = path.parents[1] / "cpu" / path.name
        if made.against and (path == other or not other.exists()):
            continue
        results = [result, load(other)["result"]] if made.against else [result]
        with _named(f"plot {name}", slug, path):
            text = style.draw(made.function, *results)
        files[path.with_name(f"{path.stem}-{name}.svg")] = text
    return files


@contextmanager
def _named(figure: str, slug: str, path: Path) -> Iterator[None]:
    """Say which figure of which capture could not be made, and what to do."""
    try:
        yield
    except UNDRAWN as error:
        lacks = "it lacks " if isinstance(error, LookupError) else ""
        raise SiteError(
            f"the {figure} cannot be made of {path.parent.name}/{path.name} of {slug}: "
            f"{lacks}{error}. Record it again"
        ) from error


def names(slug: str, experiment: str, capture: Capture | None = None) -> list[str]:
    """The tables and plots that can be made of an experiment's capture."""
    recorded = (capture or {}).get("result", {}).get("tables", {})
    made = [
        registry.of(figures, slug, experiment)
        for figures in (registry.TABLES, registry.PLOTS)
    ]
    return [name for figures in (recorded, *made) for name in figures]
