"""A social card for every page: a picture with its title, for where links are shared.

A card is drawn again when what stands on it or how it is drawn changes: its file holds
the hash of both, so that a check need not draw, nor import what draws.
"""

import hashlib
import inspect
import io
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, PngImagePlugin

from scripts.common.files import remove, write_if_changed
from scripts.common.paths import TREE, lessons, pages
from scripts.page import front_matter

WIDTH, HEIGHT, DPI = 1200, 630, 100
PAPER, INK, SOFT, BAND = "#fbf8f1", "#26221d", "#5c5348", "#2d2822"
LOADS = {"BUILD": "#1c5480", "STRETCH": "#855000", "CONSOLIDATE": "#2c6246"}
NAME = "Practical Patterns"
OTHER = "PyTorch, measured"  # where a lesson's card says which it is
COLOURS = 48


@dataclass(frozen=True)
class Card:
    """What stands on one card, and the name of its file."""

    name: str
    title: str
    says: str
    place: str  # which lesson, or what kind of page
    colour: str

    @property
    def hash(self) -> str:
        code = "".join(inspect.getsource(f) for f in (draw, mark, _smaller))
        settings = [WIDTH, HEIGHT, DPI, PAPER, INK, SOFT, BAND, NAME, COLOURS]
        settings.append(mark_file().read_text(encoding="utf-8"))
        behind = [*vars(self).values(), code, *map(str, settings)]
        return hashlib.sha256("\0".join(behind).encode()).hexdigest()


def wanted() -> Iterator[Card]:
    """The card of every page, and of every practice notebook."""
    facts = front_matter.of_lessons()
    for path in pages():
        slug = path.stem
        name = "-".join(path.relative_to(TREE.docs).with_suffix("").parts)
        says = " ".join(front_matter.front_matter(path).get("description", "").split())
        own = facts.get(slug)
        title = (
            front_matter.title_of(path)
            if "# " in path.read_text(encoding="utf-8")
            else slug
        )
        place = f"Lesson {own['number']} · {own['load_type']}" if own else OTHER
        colour = LOADS[own["load_type"]] if own else INK
        yield Card(name, title, says, place, colour)
        if own and slug in lessons():
            says = "Exercises from guided to independent, each with a check."
            title = f"Practice: {title}"
            yield Card(f"{slug}-practice", title, says, place, colour)


def folder() -> Path:
    """Where the cards are."""
    return TREE.assets / "cards"


def path_of(card: Card) -> Path:
    """Where a card is."""
    return folder() / f"{card.name}.png"


def stale() -> list[Card]:
    """The cards that are not there, or not as they would be drawn now."""
    return [card for card in wanted() if not _is_fresh(card)]


def _is_fresh(card: Card) -> bool:
    path = path_of(card)
    return path.exists() and card.hash.encode() in path.read_bytes()


def orphans() -> list[Path]:
    """Cards of pages that are not there any more."""
    known = {path_of(card) for card in wanted()}
    return [path for path in sorted(folder().glob("*")) if path not in known]


def problems() -> list[str]:
    """What is wrong with the cards, a sentence each."""
    found = [
        f"{TREE.name(path_of(card))} is not what would be drawn: stale"
        for card in stale()
    ]
    names = [TREE.name(path) for path in orphans()]
    return found + [f"{name} is an orphan: nothing calls for it" for name in names]


def make_files() -> None:
    """Draw what is stale, remove what nothing calls for."""
    for card in stale():
        write_if_changed(path_of(card), draw(card))
        print(f"wrote {TREE.name(path_of(card))}")
    for path in orphans():
        remove(path)
        print(f"removed {TREE.name(path)}: nothing calls for it")


def draw(card: Card) -> bytes:
    """The PNG: always the same bytes for the same card and the same matplotlib."""
    from matplotlib.figure import Figure
    from matplotlib.patches import PathPatch, Rectangle

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


def mark_file() -> Path:
    """The site's mark: one path of straight lines, 24 by 24."""
    return TREE.docs / "overrides/assets/mark.svg"


def mark(size: float, left: float, top: float):
    """The mark's path, so large and there, in pixels from the top left of a card."""
    from matplotlib.path import Path as Shape
    from matplotlib.transforms import Affine2D

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
