"""The images that lesson 3's page can show, as pictures: two a class.

python scripts/sprites.py

Picture k holds the test images of class k in the order in which they stand in the test
set, 40 beside each other, in 16 grey levels; picture validation-k holds the validation
images, in the order of the lesson's `load_training`. The first are for the grader, the
second for whoever looks at the baseline's mistakes before planning.
"""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from scripts.common.paths import TREE
from scripts.run.dataset import DataError, ensure

VALIDATION = "snippets.fashion_mnist_project.validation"  # prints these images
SIDE, COLUMNS = 28, 40  # of an image in pixels; of a picture in images
SIZE, WIDTH = SIDE * SIDE, SIDE * COLUMNS
# A grey from 0 to 255 becomes one of 16 levels, which a browser shows as level * 17.
LEVELS = bytes((grey + 8) // 17 for grey in range(256))


def main() -> None:
    """Write the pictures that are not there or show something else."""
    ensure(TREE.data)
    for name, pixels in pictures():
        path, image = folder() / f"{name}.png", picture(pixels)
        if shown(path) != image.convert("L").tobytes():
            path.parent.mkdir(parents=True, exist_ok=True)
            image.save(path, bits=4, optimize=True)
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


def picture(pixels: bytes) -> Image.Image:
    """A picture of levels: its palette has the grey that a browser shows for each."""
    image = Image.frombytes("P", (WIDTH, len(pixels) // WIDTH), pixels)
    image.putpalette(bytes(level * 17 for level in range(16) for _ in "RGB"))
    return image


def shown(path: Path) -> bytes | None:
    """The grey of each pixel that a file shows; None for what is no whole PNG.

    Pixels are compared, not files, which another version of zlib makes shorter.
    """
    try:
        with Image.open(path, formats=["PNG"]) as image:
            return image.convert("L").tobytes()
    except (OSError, SyntaxError):  # Pillow raises either for a damaged file
        return None


if __name__ == "__main__":
    try:
        main()
    except DataError as error:
        sys.exit(f"error: {error}")
