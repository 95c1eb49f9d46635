"""From an experiment's recorded data to the tables and plots that pages include.

Pure: the same capture always gives the same bytes. A plot can be restyled without the
machine that measured it.
"""

import importlib
import pkgutil
from pathlib import Path

from scripts.captures.capture_file import load
from scripts.common.errors import SiteError
from scripts.render import plots
from scripts.render.plots import style
from scripts.render.tables import recorded_table

# What a plot's function raises for data of another form, or with a 0 where none can be.
UNDRAWN = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError)

for found in pkgutil.iter_modules(plots.__path__, f"{plots.__name__}."):
    importlib.import_module(found.name)  # each registers its plots


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
        except UNDRAWN as error:
            lacks = "it lacks " if isinstance(error, LookupError) else ""
            raise SiteError(
                f"the plot {name} cannot be drawn from {path.parent.name}/{path.name} "
                f"of {slug}: {lacks}{error}. Record it again"
            ) from error
    return files


def names(slug: str, experiment: str, capture: dict | None = None) -> list[str]:
    """The tables and plots that can be made of an experiment's capture."""
    tables = list((capture or {}).get("result", {}).get("tables", {}))
    drawn = [n for s, e, n in style.PLOTS if (s, e) == (slug, experiment)]
    return tables + drawn
