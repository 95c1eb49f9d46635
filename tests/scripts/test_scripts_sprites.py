"""The pictures of the test images: every pixel; making them again changes nothing."""

import subprocess
import sys

import numpy
import pytest
from PIL import Image

from scripts import data, sprites
from scripts.tree import ROOT

SIDE = 28
OURS = sprites.SPRITES


def read(name, header, shape):
    """One of the data's files as an array."""
    content = (ROOT / "data/FashionMNIST/raw" / name).read_bytes()
    return numpy.frombuffer(content, numpy.uint8, offset=header).reshape(shape)


@pytest.fixture(scope="module")
def images():
    """The test images (10000, 28, 28), 0 to 255, and their labels (10000,)."""
    data.ensure(ROOT / "data")
    labels = read("t10k-labels-idx1-ubyte", 8, (10000,))
    return read("t10k-images-idx3-ubyte", 16, (10000, SIDE, SIDE)), labels


@pytest.mark.parametrize("label", range(10))
def test_every_pixel_is_that_of_its_image(images, label):
    pixels, labels = images
    picture = Image.open(sprites.SPRITES / f"{label}.png")
    assert picture.size == (40 * SIDE, 25 * SIDE)
    grey = numpy.asarray(picture.convert("L")).astype(int)
    cells = grey.reshape(25, SIDE, 40, SIDE).swapaxes(1, 2).reshape(1000, SIDE, SIDE)
    mine = pixels[labels == label].astype(int)
    assert (cells == (mine + 8) // 17 * 17).all()
    assert abs(cells - mine).max() <= 8


def test_they_are_small_enough_to_be_fetched():
    sizes = [path.stat().st_size for path in sprites.SPRITES.glob("*.png")]
    assert len(sizes) == 10 and max(sizes) < 260_000


def test_making_them_again_changes_nothing(images, capsys):
    paths = sorted(sprites.SPRITES.glob("*.png"))
    before = [(path.read_bytes(), path.stat().st_mtime_ns) for path in paths]
    sprites.main()
    assert [(p.read_bytes(), p.stat().st_mtime_ns) for p in paths] == before
    assert capsys.readouterr().out == ""


def test_what_is_missing_or_damaged_or_another_class_is_made(
    images, house, tmp_path, capsys
):
    (tmp_path / "data").symlink_to(ROOT / "data")
    ours = {path.name: path.read_bytes() for path in OURS.glob("*.png")}
    damaged = {"1.png": b"", "3.png": ours["3.png"][:-3000], "5.png": ours["4.png"]}
    for name, content in {**ours, **damaged}.items():
        house(f"docs/assets/fashion-mnist/{name}").write_bytes(content)
    (sprites.SPRITES / "7.png").unlink()
    sprites.main()
    said = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0][-5:] for line in said] == [*damaged, "7.png"]
    for name in ours:
        made = Image.open(sprites.SPRITES / name).tobytes()
        assert made == Image.open(OURS / name).tobytes(), name


def test_the_command_runs_and_has_nothing_to_do(images):
    command = [sys.executable, "scripts/sprites.py"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
