"""The plots say in words what their result holds, and name what it lacks."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from scripts.common.errors import SiteError
from scripts.render import registry, rendered_files
from scripts.render.plots import style
from scripts.render.plots.fashion_mnist_project import SLUG
from scripts.render.tables.fashion_mnist_project import reaches
from snippets.fashion_mnist_project import longer, regularise, stuck_runs


def drawn(experiment, name, result):
    """The SVG of a plot, and the words that stand in for it."""
    svg = style.draw(registry.PLOTS[SLUG, experiment, name].function, result)
    return svg, ElementTree.fromstring(svg)[0].text


def log_of(val_losses, val_accuracies):
    """A made-up log."""
    return [
        {
            "train": {"loss": 0.3, "accuracy": 95.0},
            "val": {"loss": loss, "accuracy": accuracy},
        }
        for loss, accuracy in zip(val_losses, val_accuracies, strict=True)
    ]


LOGS = [log_of([0.5, 0.4, 0.44, 0.5], [80, 85, 84, 86.5])] * 3
CURVES = longer.report(LOGS)  # the baseline's series have the same names
VARIANTS = {
    "series": {
        "runs": [
            {"variant": name, "val": val}
            for name, values in {
                "plain": [88.0, 89.0, 90.0],
                "dropout": [89.0, 89.5, 90.0],
                "upside_down": [86.0, 86.0, 86.0],
            }.items()
            for val in values
        ]
    }
}


def race(**curves):
    """A made-up result of references."""
    runs = [{"level": name, "curve": c} for name, all in curves.items() for c in all]
    return {"settings": {"target": 90.0}, "series": {"runs": runs}}


GOOD = [[5, 89.0], [10, 90.0], [20, 91.0]], [[4, 88.0], [12, 90.5]]
RACE = race(
    textbook=([[5, 88.0], [50, 89.0]], [[6, 88.0], [60, 90.0]]),
    good=GOOD,
)
SUSPECTS = stuck_runs.report(
    {
        "baseline": [log_of([0.4] * 3, [80, 86, 87])] * 2,
        "suspect A": [log_of([0.4] * 3, [79, 84, 83])] * 2,
        "suspect B": [log_of([1.6] * 3, [75, 80, 86])] * 2,
    },
    early=1,
)
ALL = [
    ("stuck_runs", "epochs", SUSPECTS),
    ("baseline_runs", "curve", CURVES),
    ("longer", "turn", CURVES),
    ("regularise", "variants", VARIANTS),
    ("references", "race", RACE),
]


def test_the_baselines_curve():
    svg, words = drawn("baseline_runs", "curve", CURVES)
    assert "each of 4 epochs, 3 seeds" in words
    assert "on training images it falls to 0.30" in words.lower()
    assert "validation images to 0.50; validation accuracy ends at 86.5 perc" in words
    assert all(f">{w}<" in svg for w in ("validation", "training,", "in eval mode"))


def test_the_turn_has_two_panels():
    svg, words = drawn("longer", "turn", CURVES)
    assert ">loss<" in svg and ">accuracy, %<" in svg
    assert "lowest at epoch 2 and then rises by 25 percent" in words
    assert "85.0 percent at that epoch and 86.5 percent at the end" in words
    assert "training accuracy ends at 95.0 percent" in words


def test_the_variants_beside_the_noise():
    svg, words = drawn("regularise", "variants", VARIANTS)
    shown = ("plain", "dropout 0.3", "flip top to bottom")
    assert all(name in svg for name in shown)
    assert "mean of 3 seeds: plain 89.00, dropout 0.3 89.50" in words
    assert words.endswith(
        "spread over seeds is 1.00; the means that lie within it: plain, dropout 0.3."
    )


def test_the_race_to_90_percent():
    svg, words = drawn("references", "race", RACE)
    assert svg.count("textbook recipe") == 2, "once in the title, once at its lines"
    assert "1 of 2 seeds get there, after 60 CPU seconds" in words
    assert "2 of 2 seeds get there, after 11 CPU seconds" in words
    never = race(textbook=([[5, 88.0], [50, 89.9]],), good=GOOD)
    words = drawn("references", "race", never)[1]
    assert "The textbook recipe: 0 of 1 seeds get there; the median run ends" in words


def test_the_suspects_over_the_epochs():
    svg, words = drawn("stuck_runs", "epochs", SUSPECTS)
    assert "3 epochs, median of 2 seeds" in words
    assert "baseline, 80.0 and 87.0; A: no hidden layer, 79.0 and 84.0" in words
    assert words.endswith("B: a second softmax, 75.0 and 86.0.")
    assert ">best validation accuracy so far, %<" in svg


def test_when_a_run_reaches_90_percent():
    assert reaches([[1, 89.9], [2, 90.0], [3, 89.0], [4, 91.0]], 90) == 2
    assert reaches([[1, 89.9]], 90) is None


@pytest.mark.parametrize(("experiment", "name", "result"), ALL)
def test_every_plot_has_the_same_bytes_again(experiment, name, result):
    assert drawn(experiment, name, result) == drawn(experiment, name, result)


@pytest.mark.parametrize(("experiment", "name", "result"), ALL)
def test_a_result_without_its_series_is_named(experiment, name, result):
    path = Path(f"docs/captures/{SLUG}/cpu/{experiment}.json")
    with pytest.raises(SiteError, match=r"(plot|table) \w+ cannot be made of"):
        rendered_files.rendered(SLUG, path, {"result": {"series": {}, "metrics": {}}})


def test_what_the_experiments_report_can_be_drawn():
    one = {"val": 88.0, "val_at_end": 87.0, "train": 91.0, "in_train_mode": 86.0}
    rows = [
        {"variant": name, "seed": seed} | {key: v + seed for key, v in one.items()}
        for name in regularise.VARIANTS
        for seed in (0, 1)
    ]
    drawn("regularise", "variants", regularise.report(rows))
