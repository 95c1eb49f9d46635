"""Lesson 2: the sizes of real gradients, what float16 holds, and the scale between."""

from math import log2

from scripts.captures import capture_file
from scripts.common.paths import captures_of
from scripts.content.drawings import drawing
from scripts.content.drawings.moving import Moving
from scripts.content.drawings.pen import BLUE, BRICK, GREEN, INK, OCHRE
from scripts.content.questions import captured

SLUG = "gpu-training"
SHOWN = 16  # the power of two of the scale that the still drawing shows
LOW, UNIT = -41, 6.3  # the axis: its first power of two, and the width of each
GROUND, TALL = 150, 84
# Powers of two: float16 makes 0 of what is below the first, and of what is below the
# second it loses digits.
ZERO, FEW = -25, -14
TICKS = {
    1e-12: "1e−12",
    1e-9: "1e−9",
    1e-6: "1e−6",
    1e-3: "0.001",
    1: "1",
    1e3: "1,000",
}


def x(power: float) -> float:
    """Where a power of two lies on the axis."""
    return 6 + UNIT * (power - LOW)


def measured() -> dict:
    """What the experiment found."""
    return capture_file.load(captures_of(SLUG) / "gradient_sizes.json")["result"]


def scale(power: int) -> str:
    """“× 65,536”"""
    return f"× {2**power:,}"


def some(count: int, one: str, several: str) -> str:
    """“1 becomes 0”, “1,026 become 0”, “none becomes 0”."""
    return f"{count:,} {several}" if count > 1 else f"{count or 'none'} {one}"


def kept(row: dict) -> str:
    """How many gradients are lost at one scale, and how many are inexact."""
    zero, few = row["zero"], row["few_digits"]
    return (
        f"{some(zero, 'becomes 0', 'become 0')} and "
        f"{some(few, 'loses digits', 'lose digits')}"
    )


def sentence(row: dict, count: int) -> str:
    """What float16 makes of the gradients at one scale."""
    text = f"Of {count:,} gradients, {kept(row)}"
    if infinite := row["infinite"]:
        most = some(infinite, "is infinite", "are infinite")
        return f"{text}. But {most}: GradScaler would skip this step."
    return f"{text}. A backward pass in float16 is off by {row['off_percent']:.2g} %."


@drawing(SLUG, "loss-scale")
def loss_scale() -> Moving:
    """How many gradients there are of each size, at two scales, and float16’s reach."""
    found = measured()
    rows, count = found["series"]["scales"], found["counts"]["not_zero"]
    sayings = [
        (row["power"], scale(row["power"]), sentence(row, count)) for row in rows
    ]
    image = Moving(
        190,
        f"The sizes of {count:,} gradients, from 1e-12 to 0.01, over the reach of "
        f"float16. With the loss as it is, {kept(rows[0])}. With the loss "
        f"{scale(SHOWN)} all of them lie further to the right: {kept(rows[SHOWN])}.",
        last=len(rows) - 1,
        slider="The loss",
        hint="Choose another scale: the gradients grow with the loss.",
        sayings=[sayings],
        start=SHOWN,
    )
    _reach(image)
    shares = {r["power"]: r["gradients"] / count for r in found["series"]["sizes"]}
    peak = max(shares, key=shares.get)
    path = _bars(shares, shares[peak])
    image.path(path.format(x=x(min(shares))), BRICK, BRICK, opacity=0.12, stroke=1)
    image.words(x(peak) - 4, 58, "loss × 1", BRICK, "middle")
    with image.during(0, len(rows) - 1, slides=UNIT, at=SHOWN):
        start = x(min(shares) + SHOWN)
        image.path(path.format(x=start), BLUE, BLUE, opacity=0.25)
    with image.during(SHOWN, SHOWN, gone=True):
        text = f"loss {scale(SHOWN)}"
        image.words(x(peak + SHOWN) + 4, 58, text, BLUE, "middle")
    return image


def _bars(shares: dict, most: float) -> str:
    """A histogram as one path that begins at `{x}`: a bar for each power of two."""
    steps, height = [f"M{{x:.1f}} {GROUND}"], 0.0
    for power in range(min(shares), max(shares) + 1):
        now = round(TALL * shares.get(power, 0) / most, 1)
        steps.append(f"v{height - now:.1f}h{UNIT}")
        height = now
    return "".join([*steps, f"v{height:.1f}z"])


def _reach(image: Moving) -> None:
    """What becomes of a number in float16, by its size, and the axis of sizes."""
    largest = dict(
        zip(
            captured(SLUG, "half-limits:columns").split(", "),
            captured(SLUG, "half-limits:largest number").split(", "),
            strict=True,
        )
    )
    top, right = log2(float(largest["float16"])), 396
    zones = (
        (6, x(ZERO), BRICK, "becomes 0", 0.1),
        (x(ZERO), x(FEW), OCHRE, "few digits", 0.1),
        (x(FEW), x(top), GREEN, "all digits", 0.1),
        (x(top), right, BRICK, "inf", 0.25),
    )
    image.words(6, 14, "in float16, a number of this size …")
    for left, end, colour, text, tint in zones:
        image.rect(left, 22, end - left, 18, colour, colour, opacity=tint, stroke=1)
        image.words((left + end) / 2, 35, text, colour, "middle")
        if end < right:
            image.line(end, 40, end, GROUND, colour, dash="3 3", stroke=1)
    image.line(6, GROUND, right, GROUND, INK, stroke=1)
    for size, text in TICKS.items():
        place = x(log2(size))
        image.line(place, GROUND, place, GROUND + 4, INK, stroke=1)
        image.words(max(place, 24), GROUND + 17, text, INK, "middle")
    image.words(6, 186, "size of a gradient, ×2 from bar to bar", INK)
