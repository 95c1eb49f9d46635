"""The explorer of a lesson: its recorded step times, for the page and for its script.

`{{ explorer }}` becomes sentences and a table, which say all by themselves, and the
same data for docs/assets/explorer.js. Its form is in docs/overrides/explorer.html.
"""

import json
import math
import re
from itertools import product

from markupsafe import Markup

from scripts.captures import capture_file, expected, left_out
from scripts.common.errors import SiteError
from scripts.common.formatting import threads
from scripts.content.templating import render
from scripts.render.markdown_table import table

NAME = "crossover"
CELL = re.compile(r"_w(\d+)_b(\d+)")
# Of which device's capture, which metrics, and what the page calls that machine.
MACHINES = (
    ("cpu", "cpu", "our CPU"),
    ("cuda", "cuda", "our GPU"),
    ("cuda", "cpu", "the CPU beside our GPU"),
)


def markdown(slug: str) -> str:
    """What stands for `{{ explorer }}`. SiteError names what a capture lacks."""
    shown = machines(slug)
    labels = [machine["label"][0].upper() + machine["label"][1:] for machine in shown]
    by_cell = [{cell_of(t): text(t) for t in machine["times"]} for machine in shown]
    rows = [
        [*map(str, cell), *[times.get(cell, "–") for times in by_cell]]
        for cell in by_cell[0]
    ]
    said = [
        {"label": label, "about": machine["about"], "steps": steps(machine)}
        for label, machine in zip(labels, shown, strict=True)
    ]
    return render(
        "explorer.md",
        data=Markup(embedded({"machines": shown})),
        table=Markup(table(["Width", "Batch", *labels], rows).rstrip("\n")),
        machines=said,
    )


def machines(slug: str) -> list[dict]:
    """The machines that have been recorded, each with the same cells in order.

    The first has them all; a GPU names those that it had too little memory for. A time
    is a cell's width and batch, the median and spread in ms, and of how many.
    """
    if NAME not in expected.experiments(slug):
        raise SiteError(f"{slug} has no experiment '{NAME}' for {{{{ explorer }}}}")
    found: list[dict] = []
    for device, kind, label in MACHINES:
        want = expected.wanted(slug, NAME, device)
        if device == "cuda" and not want.path.exists():
            continue  # the CPU's capture, in contrast, has to be there
        capture = capture_file.load(want.path)
        facts = capture["machine"]
        says = [facts["gpu"]] if kind == "cuda" else [facts["cpu"]]
        says += [] if kind == "cuda" else [threads(facts["threads"])]
        says += [f"torch {facts['torch']}", f"recorded {capture['recorded']}"]
        if expected.state(want) == "stale":
            says.append(f"stale: {NAME} has changed since")
        says += filter(None, [left_out.sentence(capture)])
        times = times_of(capture["result"]["metrics"], kind, f"{want.id} ({device})")
        found.append({"label": label, "about": ", ".join(says), "times": times})
        grid = [cell_of(t) for t in found[0]["times"]]
        here = [c for c in grid if not left_out.covers(capture, name_of(kind, *c))]
        if here != [cell_of(t) for t in times]:
            raise SiteError(
                f"the captures {slug}/{NAME} of cpu and cuda have other cells"
            )
    return found


def cell_of(time: dict) -> tuple[int, int]:
    """The width and batch of a time."""
    return time["width"], time["batch"]


def name_of(kind: str, width: int, batch: int) -> str:
    """The metric of one cell."""
    return f"{kind}_w{width}_b{batch}"


def times_of(metrics: dict, kind: str, where: str) -> list[dict]:
    """The metrics `<kind>_w64_b16` and so on: a whole grid, in order."""
    found = {}
    for name, value in metrics.items():
        if name.startswith(kind) and (cell := CELL.fullmatch(name, len(kind))):
            found[int(cell[1]), int(cell[2])] = value
    widths, batches = zip(*found, strict=True) if found else ((), ())
    grid = list(product(sorted(set(widths)), sorted(set(batches))))
    lacking = [name_of(kind, *cell) for cell in grid if cell not in found]
    if lacking or not grid:
        what = ", ".join(lacking) or f"{kind}_w…_b…"
        raise SiteError(f"the capture {where} lacks {what}")
    for (w, b), value in found.items():
        if not value["median"] > 0:
            raise SiteError(
                f"the capture {where} has {value['median']} for "
                f"{name_of(kind, w, b)}, not "
                "a time above 0: record it again"
            )
    return [time(*cell, found[cell]) for cell in grid]


def time(width: int, batch: int, metric: dict) -> dict:
    """One of a machine's times, under the names that explorer.js uses.

    Digits that nobody sees are left out: they do not compress.
    """
    ms, spread = float(f"{metric['median']:.7g}"), float(f"{metric['spread']:.4g}")
    parts = {"ms": ms, "spread": spread, "steps": metric["n"]}
    return {"width": width, "batch": batch, **parts}


def text(time: dict) -> str:
    """Median ± spread, three digits of the median, as explorer.js writes it too."""
    places = max(0, 2 - math.floor(math.log10(time["ms"])))
    return f"{time['ms']:,.{places}f} ± {time['spread']:,.{places}f}"


def steps(machine: dict) -> str:
    """How many steps each of a machine's times is the median of."""
    counts = sorted({time["steps"] for time in machine["times"]})
    return " to ".join(str(n) for n in dict.fromkeys([counts[0], counts[-1]]))


def embedded(data: dict) -> str:
    """JSON that can stand inside a script element: nothing in it ends the element."""
    return json.dumps(data).replace("<", "\\u003c")
