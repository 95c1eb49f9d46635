"""The images that lesson 3's page can show, as pictures: two a class.

python scripts/sprites.py

Picture k holds the test images of class k in the order in which they stand in the test
set, 40 beside each other, in 16 grey levels; picture validation-k holds the validation
images, in the order of the lesson's `load_training`. The first are for the grader, the
second for whoever looks at the baseline's mistakes before planning.
"""

import struct
import subprocess
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from scripts.common.paths import TREE
from scripts.run.dataset import DataError, ensure

VALIDATION = "snippets.fashion_mnist_project.validation"  # prints these images
SIDE, COLUMNS = 28, 40  # of an image in pixels; of a picture in images
SIZE, WIDTH = SIDE * SIDE, SIDE * COLUMNS
# A grey from 0 to 255 becomes one of 16 levels, which a browser shows as level * 17.
LEVELS = bytes((grey + 8) // 17 for grey in range(256))
HIGH = bytes(level << 4 for level in range(16)) + bytes(240)  # the left of two pixels
SIGNATURE = b"\x89PNG\r\n\x1a\n"


def main() -> None:
    """Write the pictures that are not there or show something else."""
    ensure(TREE.data)
    for name, pixels in pictures():
        path, rows = folder() / f"{name}.png", packed(pixels)
        if shown(path) != rows:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(png(rows))
            print(f"wrote {TREE.name(path)}: {path.stat().st_size:,} bytes")


def folder() -> Path:
    """Where the pictures are."""
    return TREE.assets / "fashion-mnist"


def raw() -> Path:
    """Where the unpacked files of Fashion-MNIST are."""
    return TREE.data / "FashionMNIST" / "raw"


def pictures() -> Iterator[tuple[str, bytes]]:
    """Name and pixels, a byte (0 to 15) a pixel, of each picture."""
    for prefix, (labels, images) in {"": test(), "validation-": validation()}.items():
        for label in range(10):
            yield f"{prefix}{label}", levels(label, labels, images)


def test() -> tuple[bytes, bytes]:
    """Labels and grey levels of the test images."""
    labels = (raw() / "t10k-labels-idx1-ubyte").read_bytes()[8:]
    return labels, (raw() / "t10k-images-idx3-ubyte").read_bytes()[16:]


def validation() -> tuple[bytes, bytes]:
    """Labels and grey levels of the validation images, split off by the lesson."""
    command = [sys.executable, "-m", VALIDATION]
    raw = subprocess.run(
        command, cwd=TREE.root, stdout=subprocess.PIPE, check=True
    ).stdout
    count = len(raw) // (1 + SIZE)
    return raw[:count], raw[count:]


def levels(label: int, labels: bytes, images: bytes) -> bytes:
    """The picture of a class, row by row; places that are left over are black."""
    mine = [
        images[SIZE * n : SIZE * (n + 1)].translate(LEVELS)
        for n, k in enumerate(labels)
        if k == label
    ]
    mine += [bytes(SIZE)] * (-len(mine) % COLUMNS)
    lines = []
    for first in range(0, len(mine), COLUMNS):
        for y in range(0, SIZE, SIDE):
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


def png(rows: bytes) -> bytes:
    """A PNG file of packed rows."""
    return framed(zlib.compress(rows, 9), len(rows) // (1 + WIDTH // 2))


def framed(data: bytes, height: int) -> bytes:
    """A PNG file; `data` is its packed rows, compressed."""
    header = struct.pack(">IIBBBBB", WIDTH, height, 4, 0, 0, 0, 0)  # 4 bits, grey
    parts = (b"IHDR", header), (b"IDAT", data), (b"IEND", b"")
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
    data = file[len(framed(b"", 0)) - 16 : -16]  # what stands between the fixed parts
    try:
        rows = zlib.decompress(data)
    except zlib.error:
        return None
    height = len(rows) // (1 + WIDTH // 2)
    return rows if file == framed(data, height) else None


if __name__ == "__main__":
    try:
        main()
    except DataError as error:
        sys.exit(f"error: {error}")
