"""The style that plots share: colours, axes, and the SVG that comes out.

Colours in the SVG are CSS variables with a fallback, so a plot that stands in a page
follows its light or dark scheme, and one that is opened alone still looks right. Its
words have the size that the SVG itself has, so that a page may set it smaller.

matplotlib is imported by what draws: a check asks this module for colours and names
alone, and its import takes longer than the check of a small tree.
"""

import io
import re
from collections.abc import Callable
from html import escape
from itertools import pairwise
from statistics import mean, median

from scripts.common.formatting import signed

# Sentinel colours that matplotlib draws with → what the page sees.
COLOURS = {
    "#010203": "var(--plot-ink, #2b2d33)",
    "#010204": "var(--plot-grid, #d5d8de)",
    "#010205": "var(--plot-a, #b3261e)",
    "#010206": "var(--plot-b, #1f5fa8)",
    "#010207": "var(--plot-c, #2e7d4f)",
    "#010208": "var(--plot-d, #8a5a00)",
    "#010209": "var(--plot-e, #73356e)",
    "#01020a": "var(--md-default-bg-color, #fff)",
}
INK, GRID, A, B, C, D, E, PAPER = COLOURS
# In a box within a box a phone of 390 px leaves a plot 314: there, SIZE is 11 px high.
WIDTH, HEIGHT, SIZE = 340, 245, 12
ROW = 1.2 * SIZE  # from one line of words to the next
STYLE = {
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": SIZE,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": GRID,
    "axes.grid": True,
    "axes.labelpad": 2,
    "axes.titlelocation": "left",
    "axes.titlesize": SIZE,
    "axes.xmargin": 0.02,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "xtick.color": INK,
    "ytick.color": INK,
    "lines.linewidth": 1.8,
    "lines.markersize": 5,
    "legend.fontsize": SIZE,
    "legend.frameon": False,
    "legend.handlelength": 1.4,
    "legend.columnspacing": 1.4,
    "figure.figsize": (WIDTH / 72, HEIGHT / 72),
}


def plain_numbers(axis, ticks: list | None = None) -> None:
    """Write a log axis's ticks as 0.1, 1, 1,000, not as powers: `ticks`, if given.

    Of those given the last stays, and none that would touch one that stays.
    """
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    axis.set_major_locator(LogLocator(subs=(1, 3)))
    kept: list = []
    for tick in reversed(ticks or []):
        if not kept or kept[-1] / tick >= 3:
            kept.append(tick)
    if kept:
        axis.set_ticks(kept)
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
    axis.set_minor_formatter(NullFormatter())


def flat(name: str) -> str:
    """The name of a line as a sentence has it, in one line."""
    return name.replace("\n", " ")


def legend_below(axes) -> None:
    """The legend under the axes, for what is no line and so has no end to be named."""
    axes.figure.legend(loc="outside lower center", ncols=2)


def row_names(axes, names: list[str]) -> None:
    """Rows from above, each with its name over it, where a phone has room for it."""
    for row, name in enumerate(names):
        axes.annotate(
            name,
            (0, row),
            xycoords=("axes fraction", "data"),
            xytext=(4, 0.9 * SIZE),
            textcoords="offset points",
            # Otherwise the grid runs through its words. Bars stay above both
            bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 1},
            zorder=0.9,
        )
    axes.set_axisbelow(True)
    axes.set(yticks=[], ylim=(len(names) - 0.6, -0.8))


def name_lines(axes) -> None:
    """The name of each line at its end, in its colour; call it when all is drawn.

    Names that would lie on one another move apart, and a hair shows whose they are.
    """
    lines = [line for line in axes.get_lines() if not line.get_label().startswith("_")]
    names = [_name(axes, line) for line in lines]
    axes.figure.draw_without_rendering()  # now the axes have the place that is left
    names.sort(key=lambda name: _points(axes, name.xy))
    wanted = [_points(axes, name.xy) for name in names]
    heights = [ROW * (1 + name.get_text().count("\n")) for name in names]
    top = axes.bbox.height / axes.figure.dpi * 72
    places = spread(wanted, heights, -ROW, top + ROW / 2)
    moved = [place - want for place, want in zip(places, wanted, strict=True)]
    far = max(map(abs, moved)) > ROW / 3
    for name, up in zip(names, moved, strict=True):
        name.set_position((15 if far else 6, up))
        name.arrow_patch.set_visible(far)


def _name(axes, line):
    """The name of one line, beside its last point, and a hair from there to it."""
    x, y = line.get_data()
    hair = {
        "arrowstyle": "-",
        "color": line.get_color(),
        "linewidth": 0.8,
        "relpos": (0, 0.5),
        "shrinkA": 1,
        "shrinkB": 3,
    }
    return axes.annotate(
        line.get_label(),
        (x[-1], y[-1]),
        xytext=(15, 0),
        textcoords="offset points",
        va="center",
        color=line.get_color(),
        annotation_clip=False,
        arrowprops=hair,
    )


def _points(axes, place: tuple) -> float:
    """How far above the axes' lower edge a place in the data is, in points."""
    up = axes.transData.transform(place)[1] - axes.bbox.y0
    return up / axes.figure.dpi * 72


def spread(
    wanted: list[float], heights: list[float], low: float, high: float
) -> list[float]:
    """Middles as near as can be to those wanted, from below, none over another."""
    below = [0.0]  # how far each is above the first where they touch
    for one, other in pairwise(heights):
        below.append(below[-1] + (one + other) / 2)
    pools: list[list[float]] = []  # what each wants of the first; those that touch
    for want, under in zip(wanted, below, strict=True):
        pools.append([want - under])
        while len(pools) > 1 and mean(pools[-2]) > mean(pools[-1]):
            pools[-2:] = [pools[-2] + pools[-1]]
    least, most = low + heights[0] / 2, high - below[-1] - heights[-1] / 2
    free = [mean(pool) for pool in pools for _ in pool]
    return [
        min(max(place, least), most) + under
        for place, under in zip(free, below, strict=True)
    ]


def band(axes, series: dict, colour: str, label: str, dashes: str = "-") -> None:
    """The median over seeds as a line, and the range from lowest to highest."""
    by_step = list(zip(*series["y"], strict=True))
    middle = [median(values) for values in by_step]
    low, high = [min(v) for v in by_step], [max(v) for v in by_step]
    axes.fill_between(series["x"], low, high, color=colour, alpha=0.18, linewidth=0)
    axes.plot(series["x"], middle, dashes, color=colour, label=label)


def draw(function: Callable, *results: dict) -> str:
    """Draw into an SVG text: byte-stable, colours as variables, with its title."""
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context():
        matplotlib.rcdefaults()  # whatever a matplotlibrc of this machine says
        matplotlib.rcParams.update(STYLE)
        figure = Figure(layout="constrained")
        says = function(figure.subplots(), *results)
        # The ids of markers and clips: the same each time, and no other plot's.
        matplotlib.rcParams["svg.hashsalt"] = says
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
        f'stroke-linecap="butt" font-size="{SIZE}" '
        f'font-family="var(--plot-font, sans-serif)">\n'
        f"<title>{escape(says)}</title>"
    )
    svg = re.sub(r"font-size: ([\d.]+)px; font-family: [^;\"]*(?:; )?", _size, svg)
    svg = re.sub(r"<svg[^>]*>", lambda _: opening, svg, count=1)
    for sentinel, colour in COLOURS.items():
        svg = svg.replace(sentinel, colour)
    svg = lighter(svg)
    return "\n".join(line.rstrip() for line in svg.splitlines() if line.strip()) + "\n"


def _size(found: re.Match) -> str:
    """The size of words as a share of the plot's own; none if it is the same."""
    share = float(found[1]) / SIZE
    return f"font-size: {share:.3g}em; " if share != 1 else ""


def lighter(svg: str) -> str:
    """A third fewer bytes: coordinates to a tenth of a point, no id that none uses."""

    def rounded(found: re.Match) -> str:
        return re.sub(
            r"-?\d+\.\d{2,}",
            lambda number: f"{float(number[0]):.1f}".removesuffix(".0"),
            found[0],
        )

    svg = re.sub(r'\b(?:d|x|y|transform)="[^"]*"', rounded, svg)
    svg = re.sub(r' transform="rotate\(-?0 [^)]*\)"', "", svg)
    used = set(re.findall(r'(?:href="#|url\(#)([^")]+)', svg))
    return re.sub(r' id="([^"]*)"', lambda m: m[0] if m[1] in used else "", svg)
