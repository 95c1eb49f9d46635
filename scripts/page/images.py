"""The images of pages: what a block drew, shown in the text.

A page shows the first figure of a block on a line of its own:

    ![What it shows](captures/<slug>/cpu/<block>-1.png){ width=600 height=400 }

Width and height are the file's, so that nothing jumps when it arrives.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from scripts.common.errors import SiteError
from scripts.common.paths import TREE, captures_of
from scripts.page.fences import Line, prose

IMAGE = re.compile(r"!\[([^\]]*)\]\(([^)\s]*)[^)]*\)(?:\{([^}]*)\})?")
TAG = re.compile(r"<img\b", re.I)
CODE = re.compile(r"`[^`\n]+`")
SIZE = re.compile(r"\b(width|height)=\"?(\d+)\"?(?=\s|$)")
WORDS = 5  # fewer say what it is, not what it shows


@dataclass(frozen=True)
class Image:
    """An image as a page has it, and the number of its line."""

    line: int
    alt: str
    source: str
    attributes: str
    alone: bool  # nothing else stands on its line

    @property
    def path(self) -> Path:
        """The file; its address counts from docs/."""
        return TREE.docs / self.source

    @property
    def size(self) -> tuple[int | None, int | None]:
        """Width and height in pixels, None for what is not said."""
        said = {name: int(pixels) for name, pixels in SIZE.findall(self.attributes)}
        return said.get("width"), said.get("height")


def images(text: str) -> Iterator[Image]:
    """The images of a page's source, in order; what stands in `code` is none."""
    for line in prose(text):
        yield from of_line(line)


def of_line(line: Line) -> Iterator[Image]:
    """The images of one line of prose, in order."""
    for found in IMAGE.finditer(CODE.sub("", line.text)):
        alone = line.text.strip() == found[0]
        yield Image(line.number, found[1], found[2], found[3] or "", alone)


def of_block(slug: str, block: str, device: str = "cpu") -> list[Path]:
    """The files of the figures that a block drew, in the order of their numbers."""
    name = re.compile(re.escape(block) + r"-(\d+)\.png")
    files = captures_of(slug, device).glob("*.png")
    numbered = [(name.fullmatch(file.name), file) for file in files]
    return [f for _, f in sorted((int(m[1]), f) for m, f in numbered if m)]


def size(png: bytes) -> tuple[int, int]:
    """Width and height in pixels. Raises SiteError for what is no PNG."""
    from PIL import Image as Picture

    try:
        with Picture.open(BytesIO(png), formats=["PNG"]) as picture:
            return picture.size
    except (OSError, SyntaxError) as error:  # Pillow raises either
        raise SiteError("it is no PNG") from error


def check(text: str) -> list[Image]:
    """The images of a page. Raises SiteError for the first that has no file."""
    found = list(images(text))
    for image in found:
        if not image.path.is_file():
            raise SiteError(f"the image {image.source} does not exist in docs/")
    return found


def problems(text: str) -> Iterator[str]:
    """What is wrong with the images of a page's source, a sentence each."""
    for image in images(text):
        where = f"line {image.line}: the image {image.source}"
        if not image.alone:
            yield f"{where} has to stand alone on its line"
        if len(image.alt.split()) < WORDS:
            yield f"{where} needs {WORDS} words or more that say what it shows"
        if not image.path.is_file():
            yield f"{where} does not exist in docs/"
            continue
        try:
            pixels = size(image.path.read_bytes())
        except SiteError as error:
            yield f"{where} cannot be shown: {error}"
            continue
        if image.size != pixels:
            wanted = "width={} height={}".format(*pixels)
            yield f"{where} has to say its size: {{ {wanted} loading=lazy }}"
    for number, line in enumerate(text.splitlines(), start=1):
        if TAG.search(CODE.sub("", line)):
            yield f"line {number}: an image is written ![…](…){{ … }}, not as HTML"


def not_shown(slug: str, text: str) -> list[str]:
    """The figures from the CPU that a lesson's page does not show, by file name."""
    shown = {image.path for image in images(text)}
    return [f.name for f in sorted(captures_of(slug).glob("*.png")) if f not in shown]


def is_output(image: Image) -> bool:
    """Was it drawn by a block on the CPU? In a notebook it stands below its cell."""
    inside = (
        image.path.is_relative_to(TREE.captures) and image.path.parent.name == "cpu"
    )
    return inside and image.path.suffix == ".png"
