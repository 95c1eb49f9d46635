"""The style that plots share: colours, axes, and the SVG that comes out.

Colours in the SVG are CSS variables with a fallback, so a plot that stands in a page
follows its light or dark scheme, and one that is opened alone still looks right.
"""

import io
import re
from collections.abc import Callable
from html import escape
from statistics import median

import matplotlib
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from scripts.common.formatting import signed

# Sentinel colours that matplotlib draws with → what the page sees.
COLOURS = {
    "#010203": "var(--plot-ink, #2b2d33)",
    "#010204": "var(--plot-grid, #d5d8de)",
    "#010205": "var(--plot-a, #b3261e)",
    "#010206": "var(--plot-b, #1f5fa8)",
    "#010207": "var(--plot-c, #2e7d4f)",
    "#010208": "var(--plot-d, #8a5a00)",
}
INK, GRID, A, B, C, D = COLOURS
STYLE = {
    "svg.hashsalt": "practical-patterns",
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 12.5,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": GRID,
    "axes.grid": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "xtick.color": INK,
    "ytick.color": INK,
    "lines.linewidth": 2,
    "legend.frameon": False,
    "figure.figsize": (5.6, 4.0),
}


def plain_numbers(axis, ticks: list | None = None) -> None:
    """Write a log axis's ticks as 0.1, 1, 1,000, not as powers: `ticks`, if given."""
    axis.set_major_locator(LogLocator(subs=(1, 3)))
    if ticks:
        axis.set_ticks(ticks)
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
    axis.set_minor_formatter(NullFormatter())


def legend_below(axes, columns: int = 2) -> None:
    """The legend under the axes, where it hides no line."""
    axes.figure.legend(loc="outside lower center", ncols=columns, fontsize=10.5)


def band(axes, series: dict, colour: str, label: str, dashes: str = "-") -> None:
    """The median over seeds as a line, and the range from lowest to highest."""
    by_step = list(zip(*series["y"], strict=True))
    middle = [median(values) for values in by_step]
    low, high = [min(v) for v in by_step], [max(v) for v in by_step]
    axes.fill_between(series["x"], low, high, color=colour, alpha=0.18, linewidth=0)
    axes.plot(series["x"], middle, dashes, color=colour, label=label)


def draw(function: Callable, *results: dict) -> str:
    """Draw into an SVG text: byte-stable, colours as variables, with its title."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()  # whatever a matplotlibrc of this machine says
        matplotlib.rcParams.update(STYLE)
        figure = Figure(layout="constrained")
        says = function(figure.subplots(), *results)
        file = io.StringIO()
        figure.savefig(file, format="svg", metadata={"Date": None}, transparent=True)
    return tidy(file.getvalue(), signed(says))


def tidy(svg: str, says: str) -> str:
    """What a page can hold: no XML header, no style that leaks, no blank line."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.S)
    svg = re.sub(r"<defs>\s*<style[^>]*>.*?</style>\s*</defs>", "", svg, flags=re.S)
    width, height = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg).groups()
    opening = (
        f'<svg class="plot" role="img" data-search-exclude="" '
        f'xmlns="http://www.w3.org/2000/svg" '
        f'xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" stroke-linejoin="round" '
        f'stroke-linecap="butt">\n<title>{escape(says)}</title>'
    )
    svg = re.sub(r"<svg[^>]*>", lambda _: opening, svg, count=1)
    font = "font-family: var(--plot-font, sans-serif)"
    svg = re.sub(r"font-family: [^;\"]*", font, svg)
    for sentinel, colour in COLOURS.items():
        svg = svg.replace(sentinel, colour)
    svg = lighter(svg)
    return "\n".join(line.rstrip() for line in svg.splitlines() if line.strip()) + "\n"


def lighter(svg: str) -> str:
    """A third fewer bytes: coordinates to a tenth of a point, no id that none uses."""

    def rounded(found: re.Match) -> str:
        return re.sub(
            r"-?\d+\.\d{2,}",
            lambda number: f"{float(number[0]):.1f}".removesuffix(".0"),
            found[0],
        )

    svg = re.sub(r'\b(?:d|x|y|transform)="[^"]*"', rounded, svg)
    used = set(re.findall(r'(?:href="#|url\(#)([^")]+)', svg))
    return re.sub(r' id="([^"]*)"', lambda m: m[0] if m[1] in used else "", svg)
