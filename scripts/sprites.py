"""The test images of Fashion-MNIST as ten pictures, one a class, for lesson 3's page.

python scripts/sprites.py

Picture k holds the 1,000 images of class k in the order in which they stand in the test
set, 40 beside each other and 25 below, in 16 grey levels. The standard library only.
"""

import struct
import sys
import zlib
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from scripts.data import DataError, ensure
from scripts.tree import DOCS, ROOT

SPRITES = DOCS / "assets" / "fashion-mnist"
RAW = ROOT / "data" / "FashionMNIST" / "raw"
SIDE, COLUMNS, ROWS = 28, 40, 25  # of an image in pixels; of a picture in images
WIDTH, HEIGHT = SIDE * COLUMNS, SIDE * ROWS
# A grey from 0 to 255 becomes one of 16 levels, which a browser shows as level * 17.
LEVELS = bytes((grey + 8) // 17 for grey in range(256))
HIGH = bytes(level << 4 for level in range(16)) + bytes(240)  # the left of two pixels
SIGNATURE = b"\x89PNG\r\n\x1a\n"
HEADER = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 4, 0, 0, 0, 0)  # 4 bits, grey


def main() -> None:
    """Write the pictures that are not there or show something else."""
    ensure(ROOT / "data")
    for label in range(10):
        path, rows = SPRITES / f"{label}.png", packed(levels(label))
        if shown(path) != rows:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(png(zlib.compress(rows, 9)))
            print(f"wrote {path.relative_to(ROOT)}: {path.stat().st_size:,} bytes")


def levels(label: int) -> bytes:
    """The picture of a class, a byte (0 to 15) a pixel, row by row."""
    labels = (RAW / "t10k-labels-idx1-ubyte").read_bytes()[8:]
    images = (RAW / "t10k-images-idx3-ubyte").read_bytes()[16:].translate(LEVELS)
    size = SIDE * SIDE
    mine = [
        images[size * n : size * (n + 1)] for n, k in enumerate(labels) if k == label
    ]
    lines = []
    for first in range(0, len(mine), COLUMNS):
        for y in range(0, size, SIDE):
            beside = mine[first : first + COLUMNS]
            lines.append(b"".join(image[y : y + SIDE] for image in beside))
    return b"".join(lines)


def packed(pixels: bytes) -> bytes:
    """Two pixels a byte; before each row of them a 0: as it is, without a filter."""
    pairs = zip(pixels[0::2].translate(HIGH), pixels[1::2], strict=True)
    halves = bytes(left | right for left, right in pairs)
    length = WIDTH // 2
    rows = [halves[at : at + length] for at in range(0, len(halves), length)]
    return b"".join(b"\0" + row for row in rows)


def png(data: bytes) -> bytes:
    """A PNG file; `data` is its packed rows, compressed."""
    parts = (b"IHDR", HEADER), (b"IDAT", data), (b"IEND", b"")
    return SIGNATURE + b"".join(chunk(name, body) for name, body in parts)


def chunk(name: bytes, body: bytes) -> bytes:
    """One part of a PNG file: its length, its name, what it holds, a checksum."""
    check = zlib.crc32(name + body)
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", check)


def shown(path: Path) -> bytes | None:
    """The packed rows of a picture that we wrote; None for anything else.

    These are compared, not the files, which another version of zlib makes shorter.
    """
    if not path.exists():
        return None
    file = path.read_bytes()
    data = file[len(png(b"")) - 16 : -16]  # what stands between the fixed parts
    try:
        return zlib.decompress(data) if file == png(data) else None
    except zlib.error:
        return None


if __name__ == "__main__":
    try:
        main()
    except DataError as error:
        sys.exit(f"error: {error}")
