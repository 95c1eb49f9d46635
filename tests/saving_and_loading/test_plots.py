"""The plots of lesson 1, drawn from what was recorded: what they say, in words too."""

import pytest

from scripts.captures import capture_file
from scripts.common.paths import captures_of
from scripts.render import registry
from scripts.render.plots import style
from scripts.render.rendered_files import rendered

SLUG = "saving-and-loading"
WORDS = {  # of each plot: in its legend or on its axes
    ("resume_cost", "loss"): ("Adam, lost", "checkpoint", "step"),
    ("lost_scheduler", "accuracy"): (
        "everything",
        "restored",
        "validation accuracy, %",
    ),
}


def test_every_plot_is_looked_at():
    known = {(e, n) for slug, e, n in registry.PLOTS if slug == SLUG}
    assert known == set(WORDS)


@pytest.mark.parametrize("plot", WORDS, ids="-".join)
def test_a_plot_has_its_words_and_says_what_was_measured(plot):
    experiment, name = plot
    path = captures_of(SLUG) / f"{experiment}.json"
    capture = capture_file.load(path)
    svg = rendered(SLUG, path, capture)[path.with_name(f"{experiment}-{name}.svg")]
    assert all(f">{word}<" in svg for word in WORDS[plot])
    metrics = capture["result"]["metrics"]
    title = svg.partition("<title>")[2].partition("</title>")[0]
    if experiment == "resume_cost":
        assert f"to {metrics['adam_peak_ratio']['median']:.0f} times its value" in title
    else:
        assert f"ends {metrics['both_lost']['median']:.1f} points lower" in title


def test_a_plot_of_other_numbers_says_others():
    path = captures_of(SLUG) / "resume_cost.json"
    result = capture_file.load(path)["result"]
    metrics = {**result["metrics"], "adam_peak_ratio": {"median": 7.0, "n": 5}}
    made = registry.of(registry.PLOTS, SLUG, "resume_cost")["loss"]
    svg = style.draw(made.function, {**result, "metrics": metrics})
    assert "jumps to 7 times its value" in svg
