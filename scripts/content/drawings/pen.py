"""What draws: shapes and words as SVG, in the colours of the site.

A drawing is 400 units wide. On a phone of 390 px it is 350 px wide in a box, where its
words of 12.6 units are 11 pixels high: there are no smaller ones. Colours are the
plots' CSS variables, each with a fallback for where it stands alone.
"""

from html import escape

from scripts.render.plots import style

WIDTH = 400
SIZE = 12.6
CODE = "var(--md-code-font, monospace)"
INK, GRID, BRICK, BLUE, GREEN, OCHRE, PLUM, _ = style.COLOURS.values()


class Drawing:
    """A picture of a given height that says what it shows."""

    def __init__(self, height: float, says: str) -> None:
        self.height, self.says = height, says
        self._parts: list[str] = []

    def rect(self, x, y, width, height, fill="none", line=INK, **style) -> None:
        """A box; `opacity` of its filling and `dash` of its line may be given."""
        self._add(
            "rect",
            x=x,
            y=y,
            width=width,
            height=height,
            rx=3,
            **_look(fill, line, **style),
        )

    def line(self, x1, y1, x2, y2, colour=INK, arrow=False, **style) -> None:
        """A line, with a head at its end if it is an arrow."""
        self._add("line", x1=x1, y1=y1, x2=x2, y2=y2, **_look("none", colour, **style))
        if arrow:
            self._head(x1, y1, x2, y2, colour)

    def _head(self, x1, y1, x2, y2, colour) -> None:
        """The head of an arrow: a triangle that ends where the arrow does."""
        length = ((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5 or 1
        dx, dy = 6 * (x2 - x1) / length, 6 * (y2 - y1) / length
        back = [
            (x2 - dx + turn * dy / 1.6, y2 - dy - turn * dx / 1.6) for turn in (1, -1)
        ]
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in [(x2, y2), *back])
        self._add("polygon", points=points, fill=colour)

    def path(self, d, colour=INK, fill="none", **style) -> None:
        """A path, in the commands of SVG."""
        self._add("path", d=d, **_look(fill, colour, **style))

    def circle(self, x, y, radius, fill=INK, line="none", **style) -> None:
        """A disc."""
        self._add("circle", cx=x, cy=y, r=radius, **_look(fill, line, **style))

    def bolt(self, x, y) -> None:
        """A kill: a stroke of lightning whose tip is at (x, y)."""
        self.path(f"M{x + 5:g} {y - 20:g}l-8 11h6l-3 9 9-12h-6z", "none", BRICK)

    def words(
        self, x, y, text, colour=INK, anchor="start", bold=False, code=False, size=SIZE
    ) -> None:
        """One line of text; `y` is its base line. A `size` is at least SIZE.

        It is written as a share of the drawing's own, which a page may set smaller.
        """
        if size < SIZE:
            raise ValueError(f"{text!r} is {size} units high: {SIZE} at least")
        self._add(
            "text",
            escape(str(text), quote=False),
            x=x,
            y=y,
            fill=colour,
            text_anchor=None if anchor == "start" else anchor,
            font_weight=700 if bold else None,
            font_size=f"{size / SIZE:.3g}em" if size != SIZE else None,
            style=f"font-family: {CODE}" if code else None,
        )

    def _add(self, tag: str, text: str = "", **attributes) -> None:
        said = "".join(
            f' {name.replace("_", "-")}="{_short(name, value)}"'
            for name, value in attributes.items()
            if value is not None
        )
        self._parts.append(
            f"<{tag}{said}>{text}</{tag}>" if text else f"<{tag}{said}/>"
        )

    def svg(self) -> str:
        """The whole as a text that a page can hold."""
        opening = (
            f'<svg class="plot" data-drawing="" role="img" data-search-exclude="" '
            f'xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {self.height:g}" '
            f'width="{WIDTH}" height="{self.height:g}" stroke-linejoin="round" '
            f'font-size="{SIZE}" font-family="var(--plot-font, sans-serif)">'
        )
        title = f"<title>{escape(self.says)}</title>"
        return "\n".join([opening, title, *self._parts, "</svg>"]) + "\n"


def _look(fill, line, opacity=None, dash=None, stroke=1.5) -> dict:
    """How a shape is filled, and how its line is drawn."""
    drawn = line != "none"
    return {
        "fill": fill,
        "fill-opacity": opacity,
        "stroke": line if drawn else None,
        "stroke-width": stroke if drawn else None,
        "stroke-dasharray": dash,
    }


COORDINATES = {"x", "y", "width", "height", "x1", "y1", "x2", "y2", "cx", "cy", "r"}


def _short(name: str, value) -> str:
    """A number without zeros at its end; of a coordinate, a tenth is enough."""
    if not isinstance(value, float):
        return str(value)
    return f"{round(value, 1) if name in COORDINATES else value:g}"
