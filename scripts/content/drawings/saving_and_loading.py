"""The drawings of lesson 1."""

import math
import re

from scripts.content.drawings import drawing
from scripts.content.drawings.pen import BLUE, BRICK, GREEN, GRID, INK, OCHRE, Drawing
from scripts.content.numbers import lookup
from scripts.content.questions import captured

SLUG = "saving-and-loading"


def number(key: str) -> float:
    """A captured number of this lesson, as a number."""
    return float(lookup(f"{SLUG}.{key}").replace(",", "").replace("−", "-"))


def printed(label: str) -> str:
    """What a block of this lesson printed after a label, such as `block:label`."""
    return captured(SLUG, label)


LAYERS = {  # a layer of the net, and the names it has in the state_dict
    "hidden": ("weight", "bias"),
    "norm": ("weight", "bias", "running_mean", "running_var", "num_batches_tracked"),
    "dropout": (),
    "out": ("weight", "bias"),
}
BUFFERS = ("running_mean", "running_var", "num_batches_tracked")


@drawing(SLUG, "state-dict")
def state_dict() -> Drawing:
    """Each layer of the net, and the names that it has in the state_dict."""
    image = Drawing(
        306,
        "The net’s four layers, each tied to its names in the state_dict. hidden and "
        "out have a weight and a bias. norm has these two and three buffers: "
        "running_mean, running_var and num_batches_tracked. dropout has none.",
    )
    image.words(8, 14, "the class: code", bold=True)
    image.words(150, 14, "state_dict(): names and numbers", bold=True)
    y = 24
    for layer, names in LAYERS.items():
        height = 22 * max(len(names), 1) + 4
        image.rect(8, y, 92, height, line=INK)
        image.words(54, y + height / 2 + 4, layer, anchor="middle", code=True)
        for place, name in enumerate(names):
            colour = GREEN if name in BUFFERS else BLUE
            top = y + 2 + 22 * place
            shape = printed(f"state_dict-look:{layer}.{name}").split(" torch")[0]
            image.line(100, y + height / 2, 146, top + 10, GRID)
            image.rect(146, top, 246, 20, colour, colour, opacity=0.12, stroke=1)
            image.words(152, top + 14, f"{layer}.{name}", colour, code=True)
            image.words(388, top + 14, shape, colour, "end")
        if not names:
            image.words(150, y + 17, "nothing to keep", OCHRE)
        y += height + 6
    image.words(146, 300, "blue: parameters", BLUE)
    image.words(388, 300, "green: buffers", GREEN, "end")
    return image


DRAWERS = (  # name in the checkpoint, its colour, and what goes wrong without it
    ("model", BLUE, "you begin with new weights"),
    ("optimizer", OCHRE, "the first steps are far too long"),
    ("scheduler", GREEN, "the learning rate starts over"),
    ("epoch, step", INK, "steps are done twice"),
    ("rng", INK, "other dropout, other bits"),
    ("best", INK, "a worse model becomes the best"),
)


@drawing(SLUG, "checkpoint")
def checkpoint() -> Drawing:
    """What a checkpoint holds, by its size, and what goes wrong without each part."""
    model = printed("state_dict-look:numbers in all")
    adam = re.search(r"([\d,]+) after", printed("optimizer_state-size:Adam"))[1]
    image = Drawing(
        236,
        f"A checkpoint as six drawers, epoch and step in one. The model has {model} "
        f"numbers and Adam {adam}; the other four are tiny beside them. Beside each "
        "drawer is what goes wrong without it.",
    )
    image.words(8, 14, "in the file", bold=True)
    image.words(176, 14, "resumed without it", bold=True)
    sizes = {"model": f"{model} numbers", "optimizer": f"{adam} numbers"}
    shares = {"model": 36, "optimizer": 72}  # px: one to two, as their numbers
    y = 22
    for name, colour, without in DRAWERS:
        height = shares.get(name, 20)
        image.rect(8, y, 152, height, colour, colour, opacity=0.12)
        image.words(15, y + 14, name, colour, code=True)
        if name in sizes:
            image.words(153, y + height - 6, sizes[name], colour, "end")
        image.words(176, y + 15, without, colour)
        y += height + 4
    return image


@drawing(SLUG, "kill")
def kill() -> Drawing:
    """Where a run is killed, where it goes on, and that both end alike."""
    at, back = (
        int(printed("kill-kill:killed at step")),
        int(printed("kill-kill:step in the checkpoint")),
    )
    end = int(printed("kill-compare:final step"))
    same = printed("kill-compare:resumed")
    image = Drawing(
        172,
        f"A run saves every ten steps. It is killed at step {at}, goes on from the "
        f"checkpoint of step {back}, does {at - back} steps again and ends at step "
        f"{end} with the hash {same}. A run that was never killed ends with the same "
        "hash.",
    )

    def x(step: float) -> float:
        return 20 + 360 * step / end

    image.words(20, 14, "never killed")
    image.line(x(0), 30, x(end), 30, BLUE, stroke=3)
    image.words(20, 66, "killed, and resumed")
    image.line(x(0), 82, x(at), 82, BLUE, stroke=3)
    image.bolt(x(at), 82)
    image.path(
        f"M{x(at):.1f} 86C{x(at):.1f} 110 {x(back):.1f} 110 {x(back):.1f} 104",
        BRICK,
        dash="3 3",
    )
    image.line(x(back), 100, x(end), 100, GREEN, stroke=3)
    for step in range(0, end + 1, 10):
        image.line(x(step), 126, x(step), 132, INK, stroke=1)
        if step % 20 == 0:
            image.words(x(step), 146, f"{step}", anchor="middle")
    image.line(x(0), 126, x(end), 126, INK, stroke=1)
    image.words(x(at) + 14, 72, f"killed at {at}", BRICK)
    image.words(x(back) - 6, 104, f"back to {back}", GREEN, "end")
    image.words(x(end), 166, "one hash: the same weights", INK, "end")
    image.words(x(end), 50, same, BLUE, "end", code=True)
    image.words(x(end), 117, same, GREEN, "end", code=True)
    image.words(20, 166, "step")
    return image


@drawing(SLUG, "first-step")
def first_step() -> Drawing:
    """One gradient after Adam’s division, with its state and without it."""
    divisor = number("resume_cost.adam_divisor.median")
    image = Drawing(
        112,
        "Two arrows: what Adam’s division makes of one and the same gradient of a "
        f"typical weight. With the state kept, it is divided by {divisor:g} times its "
        "size, and the arrow is short. With the state lost, by its size: the arrow is "
        "as long as the learning rate.",
    )
    full = 340
    image.words(20, 16, "state kept")
    image.line(20, 28, 20 + full / divisor, 28, BLUE, arrow=True, stroke=2.5)
    image.words(46, 32, f"a gradient, divided by {divisor:g} times its size", BLUE)
    image.words(20, 64, "state lost")
    image.line(20, 76, 20 + full, 76, BRICK, arrow=True, stroke=2.5)
    image.words(
        20, 96, "a gradient, divided by its size: the whole learning rate", BRICK
    )
    return image


STOPPED, STEPS = 80, 100  # where `lost_scheduler_quick` stops its runs, and their end
RESUMES = {  # what was lost: where the schedule believes to be, colour, dash, label
    "everything kept": (STOPPED, BLUE, None, (300, 183)),
    "scheduler lost": (0, GREEN, "5 3", (300, 163)),
    "optimizer lost": (STOPPED, OCHRE, None, (260, 98)),
    "both lost": (0, BRICK, None, (300, 45)),
}


def falling(first: float, at: int, count: int = STEPS - STOPPED) -> list[float]:
    """A first rate and the `count` after it, each made from the one before.

    That is how `CosineAnnealingLR` makes them; `at` is the step that it believes in.
    """
    shares = [
        1 + math.cos(math.pi * step / STEPS) for step in range(at, at + count + 1)
    ]
    return [first * share / shares[0] for share in shares]


def first_rate(lost: str) -> str:
    """The first rate of a resume with the cosine, as it was printed."""
    rates = printed(f"lost_scheduler_quick-rates:CosineAnnealingLR, {lost}")
    return rates.split(", ")[0]


@drawing(SLUG, "lost-rates")
def lost_rates() -> Drawing:
    """The rates of a run that is stopped at four fifths, and of its four resumes."""
    highest, low = first_rate("both lost"), first_rate("everything kept")
    image = Drawing(
        206,
        f"The learning rate over {STEPS} steps: half a cosine, from {highest} down. "
        f"The run is stopped at step {STOPPED}, at {low}. With everything kept it goes "
        "on down to zero. With the optimizer lost it starts at the top and falls to "
        "zero. With the scheduler lost it hardly falls from where it was. With both "
        "lost it starts at the top and hardly falls.",
    )

    def curve(first: float, at: int, step: int, count: int, colour, dash=None) -> None:
        points = [
            f"{14 + 2.8 * (step + i):.1f} {178 - 150 * rate / float(highest):.1f}"
            for i, rate in enumerate(falling(first, at, count))
        ]
        image.path(f"M{'L'.join(points)}", colour, dash=dash, stroke=2)

    stop, end = 14 + 2.8 * STOPPED, 14 + 2.8 * STEPS
    image.line(14, 178, end, 178, INK, stroke=1)
    image.line(stop, 24, stop, 178, GRID, dash="3 3")
    curve(float(highest), 0, 0, STOPPED, INK)
    for lost, (at, colour, dash, label) in RESUMES.items():
        curve(float(first_rate(lost)), at, STOPPED, STEPS - STOPPED, colour, dash)
        image.words(*label, lost, colour)
    image.words(14, 16, f"learning rate: {highest} at first")
    image.words(stop - 4, 175, low, INK, "end")
    image.words(14, 196, "step 0")
    image.words(stop + 4, 196, f"stopped at {STOPPED}", INK, "end")
    image.words(end, 196, f"{STEPS}", INK, "middle")
    return image
