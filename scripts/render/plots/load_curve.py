"""The picture of the module as a whole: how much is new in each lesson."""

import json
from pathlib import Path

from scripts.common import disk_cache
from scripts.common.paths import TREE
from scripts.page import front_matter, new_names
from scripts.render.plots.style import INK, WIDTH, B, C, D, draw

COLOURS = {"BUILD": B, "STRETCH": D, "CONSOLIDATE": C}


def files() -> dict[Path, str]:
    """The load curve's file and text; none where no lesson says anything of itself."""
    facts, counted = front_matter.of_lessons(), new_names.new_names()
    if not facts:
        return {}
    bars = [(f["number"], f["load_type"], counted[slug]) for slug, f in facts.items()]
    text = disk_cache.recall(
        "load-curve", [json.dumps(bars)], lambda: draw(load_curve, {"bars": bars})
    )
    return {TREE.assets / "load-curve.svg": text}


def load_curve(axes, result: dict) -> str:
    """A bar a lesson, as high as it has new names, and a line over them."""
    axes.figure.set_size_inches(WIDTH / 72, 200 / 72)
    numbers, loads, counts = zip(*result["bars"], strict=True)
    colours = [COLOURS[name] for name in loads]
    axes.bar(numbers, counts, width=0.6, color=colours, alpha=0.3, linewidth=0)
    axes.plot(numbers, counts, color=INK, marker="o", markersize=5)
    for number, name, count in zip(numbers, loads, counts, strict=True):
        axes.annotate(
            f"{count}",
            (number, count),
            textcoords="offset points",
            xytext=(0, 8),
            ha="center",
        )
        axes.annotate(
            name,
            (number, 0),
            textcoords="offset points",
            xytext=(0, -32),
            ha="center",
            annotation_clip=False,
        )
    axes.set_xticks(numbers, [f"lesson {number}" for number in numbers])
    axes.set(
        ylim=(0, 1.25 * max(counts)), title="PyTorch functions, classes, … new to you"
    )
    axes.grid(axis="x", visible=False)
    said = [
        f"{count} in lesson {number} ({name})"
        for number, name, count in zip(numbers, loads, counts, strict=True)
    ]
    return (
        f"PyTorch functions, classes and so on that are new: {', '.join(said)}. The "
        f"load rises to lesson {numbers[counts.index(max(counts))]} and falls after it."
    )
