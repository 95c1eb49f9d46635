"""The pictures of the images: every pixel; making them again changes nothing."""

import subprocess
import sys

import numpy
import pytest
import torch
from listing import ROOT
from PIL import Image

from scripts import sprites
from scripts.run import dataset

SIDE = 28
OURS = sprites.folder()


def read(name, header, shape):
    """One of the data's files as an array."""
    content = (ROOT / "data/FashionMNIST/raw" / name).read_bytes()
    return numpy.frombuffer(content, numpy.uint8, offset=header).reshape(shape)


@pytest.fixture(scope="module")
def images():
    """The test images (10000, 28, 28), 0 to 255, and their labels (10000,)."""
    dataset.ensure(ROOT / "data")
    labels = read("t10k-labels-idx1-ubyte", 8, (10000,))
    return read("t10k-images-idx3-ubyte", 16, (10000, SIDE, SIDE)), labels


@pytest.fixture(scope="module")
def chosen_by():
    """The validation images and their labels, by the split that the lesson states."""
    order = torch.randperm(60000, generator=torch.Generator().manual_seed(0))[:5000]
    labels = read("train-labels-idx1-ubyte", 8, (60000,))[order]
    return read("train-images-idx3-ubyte", 16, (60000, SIDE, SIDE))[order], labels


@pytest.fixture(scope="module")
def split():
    """What the lesson prints in the real tree."""
    return sprites.validation()


def cells(name):
    """The images of a picture, (count, 28, 28)."""
    picture = Image.open(sprites.folder() / f"{name}.png")
    rows = picture.height // SIDE
    assert picture.size == (40 * SIDE, rows * SIDE)
    grey = numpy.asarray(picture.convert("L")).astype(int)
    beside = grey.reshape(rows, SIDE, 40, SIDE).swapaxes(1, 2)
    return beside.reshape(40 * rows, SIDE, SIDE)


@pytest.mark.parametrize("label", range(10))
@pytest.mark.parametrize("prefix", ["", "validation-"])
def test_every_pixel_is_that_of_its_image(images, chosen_by, prefix, label):
    pixels, labels = chosen_by if prefix else images
    mine = pixels[labels == label].astype(int)
    found = cells(f"{prefix}{label}")
    assert len(mine) > 400 and len(found) - len(mine) in range(40)
    assert (found[: len(mine)] == (mine + 8) // 17 * 17).all()
    assert abs(found[: len(mine)] - mine).max() <= 8
    assert not found[len(mine) :].any()


def test_they_are_small_enough_to_be_fetched():
    sizes = [path.stat().st_size for path in sprites.folder().glob("*.png")]
    assert len(sizes) == 20 and max(sizes) < 220_000


def test_making_them_again_changes_nothing(images, capsys):
    paths = sorted(sprites.folder().glob("*.png"))
    before = [(path.read_bytes(), path.stat().st_mtime_ns) for path in paths]
    sprites.main()
    assert [(p.read_bytes(), p.stat().st_mtime_ns) for p in paths] == before
    assert capsys.readouterr().out == ""


def test_what_is_missing_or_damaged_or_another_class_is_made(
    images, split, house, tmp_path, capsys, monkeypatch
):
    (tmp_path / "data").symlink_to(ROOT / "data")
    ours = {path.name: path.read_bytes() for path in OURS.glob("*.png")}
    damaged = {"1.png": b"", "3.png": ours["3.png"][:-3000], "5.png": ours["4.png"]}
    damaged["validation-8.png"] = ours["8.png"]
    flipped = bytearray(ours["2.png"])
    flipped[len(flipped) // 2] ^= 1
    damaged["2.png"] = bytes(flipped)
    for name, content in {**ours, **damaged}.items():
        house(f"docs/assets/fashion-mnist/{name}").write_bytes(content)
    (sprites.folder() / "7.png").unlink()
    monkeypatch.setattr(sprites, "validation", lambda: split)
    sprites.main()
    said = capsys.readouterr().out.splitlines()
    made = sorted(line.split(":")[0].split("/")[-1] for line in said)
    assert made == sorted([*damaged, "7.png"])
    for name in ours:
        made = Image.open(sprites.folder() / name).tobytes()
        assert made == Image.open(OURS / name).tobytes(), name


def test_the_command_runs_and_has_nothing_to_do(images):
    command = [sys.executable, "scripts/sprites.py"]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8"
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
