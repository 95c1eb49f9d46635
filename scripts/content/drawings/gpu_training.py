"""The drawings of lesson 2."""

from math import log10

from scripts.content.drawings import drawing
from scripts.content.drawings.pen import BLUE, BRICK, GREEN, GRID, INK, OCHRE, Drawing
from scripts.content.numbers import lookup
from scripts.content.questions import captured

SLUG = "gpu-training"
LEFT_BEHIND = (
    "tensors that forward makes",
    "tensors in plain attributes",
    "the loss’s class weights",
    "totals and metrics",
    "optimizer state, loaded early",
)


@drawing(SLUG, "what-moves")
def what_moves() -> Drawing:
    """What crosses from the CPU to the GPU in three lines, and what stays behind."""
    image = Drawing(
        218,
        "Two islands, the CPU and the GPU, and a bridge of three lines of code. The "
        "model, the inputs and the targets cross it. Five things stay on the CPU "
        f"unless you move them: {', '.join(LEFT_BEHIND)}.",
    )
    image.rect(4, 20, 210, 194, GRID, INK, opacity=0.25)
    image.rect(304, 20, 92, 194, GRID, INK, opacity=0.25)
    image.words(12, 14, "CPU", bold=True)
    image.words(312, 14, "GPU", bold=True)
    for place, name in enumerate(("model", "inputs", "targets")):
        y = 34 + 24 * place
        image.rect(132, y, 74, 20, BLUE, BLUE, opacity=0.12, stroke=1)
        image.words(169, y + 14, name, BLUE, "middle", code=True)
        image.line(208, y + 10, 308, y + 10, BLUE, arrow=True)
        image.words(258, y + 6, ".to(device)", BLUE, "middle", code=True)
        image.rect(312, y, 76, 20, BLUE, BLUE, opacity=0.12, stroke=1)
        image.words(350, y + 14, name, BLUE, "middle", code=True)
    image.words(12, 122, "stays unless moved:", BRICK, bold=True)
    for place, name in enumerate(LEFT_BEHIND):
        image.words(20, 140 + 17 * place, name, BRICK)
    return image


@drawing(SLUG, "what-a-gpu-can-shorten")
def what_a_gpu_can_shorten() -> Drawing:
    """One epoch with the usual loader: its input, and what a GPU can shorten."""
    share = float(lookup(f"{SLUG}.inputs.usual_share_percent.median"))
    bound = lookup(f"{SLUG}.inputs.usual_bound.median")
    faster = float(lookup(f"{SLUG}.inputs.usual_over_indexed.median"))
    image = Drawing(
        150,
        f"Three bars. With the usual loader, {share:g} percent of an epoch is input. "
        "With a device that trains in no time the input stays, so the epoch is at "
        f"most {bound} times as fast. With the data as one tensor the same CPU is "
        f"{faster:g} times as fast.",
    )
    full = 330
    rows = (
        ("the usual loader", share / 100, 1 - share / 100, ""),
        (
            "… and training in no time",
            share / 100,
            0,
            f"at most {bound} times",
        ),
        (
            "the same CPU, the data as one tensor",
            0,
            1 / faster,
            f"{faster:g} times as fast",
        ),
    )
    for place, (name, load, train, says) in enumerate(rows):
        y = 8 + 48 * place
        image.words(8, y + 10, name)
        image.rect(8, y + 16, full * load, 18, OCHRE, OCHRE, opacity=0.25, stroke=1)
        image.rect(
            8 + full * load,
            y + 16,
            full * train,
            18,
            GREEN,
            GREEN,
            opacity=0.25,
            stroke=1,
        )
        if says:
            image.words(14 + full * (load + train), y + 29, says, INK)
    image.words(8 + full * share / 200, 37, "input", OCHRE, "middle", bold=True)
    image.words(
        8 + full * (share + 100) / 200,
        37,
        "the rest",
        GREEN,
        "middle",
        bold=True,
    )
    return image


REACH = {  # exponents of 2: of the smallest number above 0, and where float counts end
    "float32": -149,
    "bfloat16": -133,
    "float16": -24,
}


@drawing(SLUG, "number-line")
def number_line() -> Drawing:
    """How far three number formats reach, and where two numbers of the question lie."""
    columns = captured(SLUG, "half-limits:columns").split(", ")
    largest = dict(
        zip(
            columns,
            captured(SLUG, "half-limits:largest number").split(", "),
            strict=True,
        )
    )
    image = Drawing(
        158,
        "A line from 1e-45 to 1e38. float32 and bfloat16 reach over nearly all of "
        f"it, float16 only from about 6e-8 to {largest['float16']}. Of the two marked "
        "numbers, 0.00000001 lies below float16 and 70,000 above it.",
    )

    def x(exponent: float) -> float:
        return 78 + 306 * (exponent + 46) / 86

    colours = {"float32": BLUE, "bfloat16": GREEN, "float16": BRICK}
    for place, (name, smallest) in enumerate(REACH.items()):
        y = 40 + 30 * place
        low, high = smallest * log10(2), log10(float(largest[name]))
        image.words(6, y + 13, name, colours[name], code=True)
        image.rect(
            x(low), y, x(high) - x(low), 18, colours[name], colours[name], opacity=0.2
        )
    for value, says in ((-8.0, "0.00000001"), (log10(70_000), "70,000")):
        image.line(x(value), 26, x(value), 130, INK, dash="3 3", stroke=1)
        end = "end" if value < 0 else "start"
        image.words(x(value) + (2 if value < 0 else -2), 20, says, INK, end)
    image.line(x(-46), 134, x(40), 134, INK, stroke=1)
    for exponent in (-40, -20, 0, 20):
        image.line(x(exponent), 134, x(exponent), 138, INK, stroke=1)
        said = "1" if not exponent else f"1e{exponent}".replace("-", "−")
        image.words(x(exponent), 151, said, INK, "middle")
    return image


STATIONS = (  # what passes through a step, and the label of its captured dtype
    ("weights", "casts-casts:the weights"),
    ("copy × x", "casts-casts:logits, from a Linear"),
    ("loss", "casts-casts:the loss, cross_entropy"),
    ("gradients", "casts-casts:the weights' gradient"),
    ("weights", "casts-casts:the weights"),
)


@drawing(SLUG, "amp-lane")
def amp_lane() -> Drawing:
    """Which parts of a step run in 16 bits, and where the scaler stands."""
    types = [captured(SLUG, label) for _, label in STATIONS]
    image = Drawing(
        150,
        "One training step as a lane: "
        + ", ".join(
            f"{name} in {kind}" for (name, _), kind in zip(STATIONS, types, strict=True)
        )
        + ". With float16, GradScaler multiplies the loss before the backward pass and "
        "divides the gradients before clipping and the step.",
    )
    for place, ((name, _), kind) in enumerate(zip(STATIONS, types, strict=True)):
        x = 4 + 80 * place
        colour = OCHRE if kind.endswith("16") else BLUE
        image.rect(x, 44, 70, 40, colour, colour, opacity=0.15)
        image.words(x + 35, 61, name, colour, "middle")
        image.words(x + 35, 76, kind, colour, "middle", code=True)
        if place:
            image.line(x - 10, 64, x - 1, 64, INK, arrow=True)
    image.line(4, 34, 234, 34, OCHRE)
    image.words(119, 28, "inside autocast", OCHRE, "middle", bold=True)
    image.words(354, 38, "the optimizer", BLUE, "middle")
    image.line(238, 112, 238, 90, GREEN, arrow=True)
    image.words(260, 126, "scaler: loss × scale", GREEN, "end")
    image.line(318, 112, 318, 90, GREEN, arrow=True)
    image.words(270, 126, "÷ scale, then clip", GREEN)
    image.words(4, 144, "GradScaler: with float16 alone", INK)
    return image
