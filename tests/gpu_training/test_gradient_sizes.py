"""Gradients are counted by size, and what float16 makes of them by scale."""

import pytest
import torch
from listing import ROOT

from snippets.gpu_training import gradient_sizes
from snippets.gpu_training.data import load_images
from snippets.gpu_training.gradient_sizes import by_power, held, off_percent


@pytest.fixture(scope="module")
def result():
    """The experiment in its quick settings, run once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        return gradient_sizes.main(**gradient_sizes.QUICK)


def test_sizes_are_counted_from_one_power_of_two_to_the_next():
    sizes = torch.tensor([1.0, 1.99, 2.0, 0.5, 2.0**-40])
    assert by_power(sizes) == {-40: 1, -1: 1, 0: 2, 1: 1}


def test_what_float16_makes_of_a_size():
    sizes = torch.tensor([2.0**-26, 2.0**-20, 1.0, 60_000.0, 70_000.0])
    assert held(sizes, 1.0) == {"zero": 1, "few_digits": 1, "infinite": 1}
    assert held(sizes, 2.0**12) == {"zero": 0, "few_digits": 0, "infinite": 2}


def test_a_gradient_without_a_number_is_off_by_none():
    true = torch.tensor([3.0, 4.0])
    assert off_percent(true, torch.tensor([3.0, 3.5])) == 10.0
    assert off_percent(true, torch.tensor([3.0, float("inf")])) is None
    assert off_percent(true, torch.tensor([3.0, float("nan")])) is None


def test_every_gradient_that_is_not_zero_is_counted(result):
    counts, series = result["counts"], result["series"]
    net = gradient_sizes.stack(8)
    assert counts["parameters"] == sum(part.numel() for part in net.parameters())
    assert sum(row["gradients"] for row in series["sizes"]) == counts["not_zero"]
    assert 0 < counts["not_zero"] < counts["parameters"]  # some pixels are always black


def test_a_larger_scale_leaves_less_at_zero_and_is_less_off(result):
    rows = result["series"]["scales"]
    assert [row["power"] for row in rows] == [0, 1, 2, 3]
    zeros = [row["zero"] for row in rows]
    assert zeros == sorted(zeros, reverse=True) and zeros[0] > zeros[-1]
    assert rows[0]["off_percent"] > rows[-1]["off_percent"]
    assert all(row["infinite"] == 0 for row in rows)


def test_what_vanishes_is_what_lies_below_the_powers(result):
    """The bars and the counts say the same, but for what rounds at the border."""
    sizes = {row["power"]: row["gradients"] for row in result["series"]["sizes"]}
    for row in result["series"]["scales"]:
        below = sum(n for power, n in sizes.items() if power + row["power"] < -25)
        assert abs(below - row["zero"]) <= 0.01 * row["zero"] + 2


def test_a_scale_that_is_too_large_leaves_no_number(monkeypatch):
    monkeypatch.chdir(ROOT)
    found = gradient_sizes.main(layers=1, count=8, largest=32)["series"]["scales"]
    assert found[-1]["infinite"] > 0 and "off_percent" not in found[-1]


def test_it_measures_the_net_of_the_page(monkeypatch):
    """Same weights, same images: its gradient is off by what the page printed."""
    monkeypatch.chdir(ROOT)
    x, y = load_images(count=64)
    torch.manual_seed(0)
    gradient_sizes.stack(2)
    net = gradient_sizes.stack(8)
    true, half = (
        gradient_sizes.gradients(net, x, y, dtype)[0]
        for dtype in (torch.float32, torch.float16)
    )
    captured = ROOT / "docs/captures/gpu-training/cpu/half-vanish.txt"
    said = "8 hidden layers, batch 64, off by: "
    line = captured.read_text(encoding="utf-8").partition(said)[2]
    assert off_percent(true, half) == pytest.approx(float(line.split()[0]), rel=0.1)
