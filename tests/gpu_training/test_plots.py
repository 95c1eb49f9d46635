"""The plots show what the result holds, and a word of a GPU only if one was there."""

from xml.etree import ElementTree

import pytest

from scripts.render import registry
from scripts.render.plots import style
from scripts.render.plots.gpu_training import SLUG
from snippets.gpu_training import crossover, inputs, launches

WIDTHS, BATCHES = (64, 1024), (16, 256)


def drawn(experiment, name, result):
    """The SVG of a plot, and the words that stand in for it."""
    svg = style.draw(registry.PLOTS[SLUG, experiment, name].function, result)
    return svg, ElementTree.fromstring(svg)[0].text


def grid(factor):
    """Exact times: a cell takes width × batch × factor seconds."""
    return {(w, b): [w * b * factor] * 2 for w in WIDTHS for b in BATCHES}


def test_step_times_of_a_cpu():
    result = crossover.report({"cpu": grid(1e-6)}, WIDTHS, BATCHES, 2)
    svg, words = drawn("crossover", "times", result)
    assert "GPU" not in svg and "CPU, 256" in svg
    assert "from 1 ms (width 64, batch 16) to 262.1 ms (width 1024, batch 256)" in words
    assert "16 times the batch takes 16.0 times as long" in words


def test_step_times_of_a_cpu_and_a_gpu():
    fast = grid(5e-7)
    fast[64, 16] = [8e-3] * 2
    result = crossover.report({"cpu": grid(1e-6), "cuda": fast}, WIDTHS, BATCHES, 2)
    svg, words = drawn("crossover", "times", result)
    assert "GPU, 256" in svg
    assert "between 0.13 (width 64, batch 16) and 2 (width 1024, batch 256)" in words
    assert "in 1 of 4 cells the GPU is the slower one" in words


@pytest.mark.parametrize("there", [False, True])
def test_bars_of_the_inputs(there):
    parts = {"input": [3e-2], "together": [4e-2]}
    copying = [1e-5] * there
    names = ["usual", "workers", "tensors", "indexed"] + ["resident"] * there
    result = inputs.report(dict.fromkeys(names, parts), [5e-6], copying, count=1000)
    svg, words = drawn("inputs", "bars", result)
    assert (">copy to the GPU<" in svg) == there
    for means_something_else in (style.A, style.B):  # wrong, and a link
        assert style.COLOURS[means_something_else] not in svg
    assert ("On the GPU, indexed: input" in words) == there
    assert "Training alone takes 5 µs per image." in words
    assert (
        "Usual loader: input alone 30 µs, with training 40 µs, so input is 75 percent."
    ) in words


def test_an_input_that_takes_longer_than_the_epoch_takes_all_of_the_time():
    parts = {"input": [5.5e-2], "together": [5e-2]}
    ways = dict.fromkeys(["usual", "workers", "tensors", "indexed"], parts)
    result = inputs.report(ways, [5e-6], [], count=1000)
    words = drawn("inputs", "bars", result)[1]
    assert "with training 50 µs, so the input takes all of the time." in words
    assert "percent" not in words


def test_steps_large_and_small():
    passes = {b: [(64 // b) * 2e-3 + 64 * 5e-6] * 2 for b in (16, 32, 64)}
    result = launches.report(passes, [1e-3], [5e-4], samples=64)
    svg, words = drawn("launches", "steps", result)
    assert ">fixed cost +<" in svg and ">cost per image<" in svg
    assert "steps of 16 take 8 ms, in steps of 64 2 ms" in words
    assert "2 ms for each step and 5 µs for each image" in words


def test_every_plot_has_the_same_bytes_again():
    result = crossover.report({"cpu": grid(1e-6)}, WIDTHS, BATCHES, 2)
    assert drawn("crossover", "times", result) == drawn("crossover", "times", result)
