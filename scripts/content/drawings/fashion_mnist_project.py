"""The drawing of lesson 3."""

from scripts.captures import capture_file
from scripts.common.paths import captures_of
from scripts.content.drawings import drawing
from scripts.content.drawings.pen import BLUE, BRICK, GREEN, INK, OCHRE, Drawing

SLUG = "fashion-mnist-project"
LEVELS = (  # of the reference runs, from below
    ("softmax", "softmax regression", INK),
    ("baseline", "baseline", BLUE),
    ("good", "good", OCHRE),
    ("distinction", "distinction", GREEN),
)
LOW, HIGH = 83, 92  # percent


@drawing(SLUG, "bars")
def bars() -> Drawing:
    """The bars of the project, people, and the seeds of our reference runs."""
    result = capture_file.load(captures_of(SLUG) / "references.json")["result"]
    settings, runs = result["settings"], result["series"]["runs"]
    found = {
        level: [r["test"] for r in runs if r["level"] == level] for level, *_ in LEVELS
    }
    said = "; ".join(
        f"{name} {min(found[level])} to {max(found[level])}"
        for level, name, _ in LEVELS
    )
    image = Drawing(
        190,
        f"Test accuracy in percent, from {LOW} to {HIGH}. Human "
        f"labellers: {settings['people']}. Our reference runs, a dot a seed: "
        f"{said}. The bars stand at {settings['bar_baseline']:g} (baseline), "
        f"{settings['bar_good']:g} (good) and "
        f"{settings['bar_distinction']:g} (distinction).",
    )

    def x(percent: float) -> float:
        return 16 + 368 * (percent - LOW) / (HIGH - LOW)

    for place, (level, name, colour) in enumerate(LEVELS):
        y = 30 + 30 * place
        bar = settings.get(f"bar_{level}")
        if bar:
            image.line(x(bar), y - 13, x(bar), y + 13, colour, dash="4 3")
            image.words(x(bar) - 7, y + 4, f"{name} {bar:g}", colour, "end")
        else:
            image.words(x(max(found[level])) + 9, y + 4, name, colour)
        for test in found[level]:
            image.circle(x(test), y, 4.5, colour, opacity=0.75)
    image.line(x(LOW), 150, x(HIGH), 150, INK, stroke=1)
    for percent in range(LOW, HIGH + 1):
        image.line(x(percent), 150, x(percent), 155, INK, stroke=1)
        image.words(x(percent), 168, f"{percent}", INK, "middle")
    people = settings["people"]
    image.line(x(people), 60, x(people), 150, BRICK, stroke=2)
    image.words(x(people) + 6, 136, f"people: {people}", BRICK)
    image.words(
        200,
        186,
        "test accuracy, percent; one dot per seed, dashed: the bar",
        INK,
        "middle",
    )
    return image
