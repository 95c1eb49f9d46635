"""A social card for every page: a picture with its title, for where links are shared.

A card is drawn again when what stands on it or how it is drawn changes: its file holds
the hash of both, so that a check need not draw.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from scripts.common.files import remove, write_if_changed
from scripts.common.paths import TREE, lessons, pages
from scripts.page import front_matter

INK = "#26221d"
LOADS = {"BUILD": "#1c5480", "STRETCH": "#855000", "CONSOLIDATE": "#2c6246"}
OTHER = "PyTorch, measured"  # where a lesson's card says which it is


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
        files = (Path(__file__).with_name("card_picture.py"), mark_file())
        texts = [file.read_text(encoding="utf-8") for file in files]
        behind = [*vars(self).values(), INK, *texts]
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
    from scripts.render.card_picture import draw  # not for a check: see plots/style.py

    for card in stale():
        write_if_changed(path_of(card), draw(card))
        print(f"wrote {TREE.name(path_of(card))}")
    for path in orphans():
        remove(path)
        print(f"removed {TREE.name(path)}: nothing calls for it")


def mark_file() -> Path:
    """The site's mark: one path of straight lines, 24 by 24."""
    return TREE.docs / "overrides/assets/mark.svg"
