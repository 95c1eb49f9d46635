"""The grid shows eight training images of each class, by name, in a small file."""

import io

import numpy as np
import pytest
import torch
from listing import ROOT
from matplotlib import pyplot as plt
from PIL import Image
from untraced import UNTRACED

from scripts.page import images, includes
from scripts.run import process
from snippets.fashion_mnist_project.data import CLASSES, load_training

FOLDER = "snippets/fashion_mnist_project"


@pytest.fixture(scope="module")
def rows():
    """The rows of the figure that the listing leaves open: one a class."""
    plt.switch_backend("agg")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        patch.setattr(plt, "show", lambda: None)  # it warns where there is a display
        from snippets.fashion_mnist_project import look

        yield look.figure.axes
    plt.close("all")


def test_a_row_is_named_after_its_class(rows):
    assert [axes.get_ylabel() for axes in rows] == CLASSES


def test_each_row_holds_eight_training_images_of_its_class(rows, monkeypatch):
    monkeypatch.chdir(ROOT)
    images, labels, _, _ = load_training()
    for label, axes in enumerate(rows):
        shown = torch.from_numpy(axes.images[0].get_array().data)  # (28, 224)
        assert shown.shape == (28, 8 * 28)
        of_class = images[labels == label].view(-1, 28, 28)
        for number, picture in enumerate(shown.split(28, dim=1)):
            expected = of_class[number] * 0.353 + 0.286
            assert torch.allclose(picture, expected, atol=1e-6)


def test_the_pixels_are_again_what_the_data_set_has(rows):
    for axes in rows:
        shown = torch.from_numpy(axes.images[0].get_array().data)
        assert -1e-6 <= shown.min() <= 0.01 and 0.9 <= shown.max() <= 1 + 1e-6
        assert torch.allclose(shown * 255, (shown * 255).round(), atol=1e-3)


def test_the_captured_figure_is_small_and_whole():
    lines = [("data", "data"), ("look", "grid")]
    codes = [
        (name, "\n".join(includes.section_lines(f"{FOLDER}/{file}.py", name)))
        for file, name in lines
    ]
    run = process.run_blocks(codes, ROOT / "data", more=UNTRACED)
    assert not run.blocks[-1].error and run.blocks[-1].text == ""
    (image,) = run.blocks[-1].figures.values()
    assert images.size(image) == (372, 432)
    assert len(image) <= 60_000
    pixels = np.asarray(Image.open(io.BytesIO(image)))  # (432, 372): grey
    edges = [pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]]
    assert all((edge == 0).all() for edge in edges), "something is cut off"
