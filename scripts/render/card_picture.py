"""How a social card is drawn. Its hash holds this file's text: see social_cards.py."""

import io
import re
import textwrap

from matplotlib.figure import Figure
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path as Shape
from matplotlib.transforms import Affine2D
from PIL import Image, PngImagePlugin

from scripts.render.social_cards import INK, Card, mark_file

WIDTH, HEIGHT, DPI = 1200, 630, 100
PAPER, SOFT, BAND = "#fbf8f1", "#5c5348", "#2d2822"
NAME = "Practical Patterns"
COLOURS = 48


def draw(card: Card) -> bytes:
    """The PNG: always the same bytes for the same card and the same matplotlib."""
    figure = Figure(figsize=(WIDTH / DPI, HEIGHT / DPI), dpi=DPI, facecolor=PAPER)
    for left, bottom, width, height, colour in (
        (0, 0, 1, 0.17, BAND),
        (0, 0.17, 0.025, 0.83, card.colour),
    ):
        figure.add_artist(Rectangle((left, bottom), width, height, color=colour))
    serif = {"family": "DejaVu Serif", "weight": "bold"}
    sans = {"family": "DejaVu Sans"}
    figure.text(0.08, 0.86, card.place, size=20, color=card.colour, **sans)
    title = "\n".join(textwrap.wrap(card.title, 24))
    figure.text(0.08, 0.79, title, size=46, color=INK, va="top", **serif)
    says = "\n".join(textwrap.wrap(card.says, 62)[:3])
    figure.text(0.08, 0.23, says, size=20, color=SOFT, linespacing=1.5, **sans)
    figure.add_artist(PathPatch(mark(size=56, left=96, top=549), color=PAPER, lw=0))
    figure.text(0.145, 0.065, NAME, size=24, color=PAPER, **serif)
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", dpi=DPI, facecolor=PAPER)
    return _smaller(drawn, f"made by {NAME}, from {card.hash}")


def mark(size: float, left: float, top: float) -> Shape:
    """The mark, so large and there, in pixels from the top left of a card."""
    (path,) = re.findall(r' d="([^"]+)"', mark_file().read_text(encoding="utf-8"))
    shapes = []
    for part in path.split("z")[:-1]:
        numbers = [float(number) for number in part.replace("M", "").split()]
        corners = list(zip(numbers[::2], numbers[1::2], strict=True))
        shapes.append(Shape([*corners, corners[0]], closed=True))
    place = Affine2D().scale(size / 24).translate(left, top)
    place.scale(1 / WIDTH, -1 / HEIGHT).translate(0, 1)
    return Shape.make_compound_path(*shapes).transformed(place)


def _smaller(drawn: io.BytesIO, comment: str) -> bytes:
    """The picture in few colours, a third of the bytes; with what it was made from."""
    about = PngImagePlugin.PngInfo()
    about.add_text("Comment", comment)
    file = io.BytesIO()
    picture = Image.open(drawn).convert("RGB").quantize(COLOURS)
    picture.save(file, format="png", optimize=True, pnginfo=about)
    return file.getvalue()
