"""Lesson 2: the queue of a GPU, and where a clock stops that waits or does not."""

from scripts.content.drawings import drawing
from scripts.content.drawings.moving import Moving
from scripts.content.drawings.pen import BLUE, BRICK, GREEN, GRID, INK

SLUG = "gpu-training"
START, FRAME, LAST = 66, 11, 28  # units: where the clock starts, and a frame's width
PIECES = 4
FREE, DONE = 6, 27  # frames: Python has handed over all; the GPU has finished
HANDED = 16  # units from one piece of work to the next, in Python and on the GPU
WORKED = 72
HANDING = (0, "handing over", "Python hands over the work, piece by piece.")
LATE = "the GPU works"
UNWAITED = [
    HANDING,
    (
        FREE,
        "the clock has stopped",
        "The call is back, and the clock stops here: it has timed the handing over.",
    ),
    (8, LATE, "Python goes on. The GPU still works, and no clock is running."),
    (
        DONE,
        "the GPU is done",
        "Now the work is done. The clock that did not wait says far too little.",
    ),
]
WAITED = [
    HANDING,
    (FREE, "Python waits", "The call is back; synchronize() waits, the clock runs."),
    (8, LATE, "The GPU works off its queue. Python waits, and the clock runs."),
    (
        DONE,
        "the clock has stopped",
        "synchronize() is back, and the clock stops here: it has timed the whole work.",
    ),
]


def at(frame: float) -> float:
    """Where a frame lies on the axis of time."""
    return START + FRAME * frame


def reaches(x: float) -> int:
    """The first frame in which the cursor has come to `x`."""
    return max(0, -int((START - x) // FRAME))


@drawing(SLUG, "two-clocks")
def two_clocks() -> Moving:
    """Where a clock stops that waits for the GPU, and where one that does not."""
    image = Moving(
        150,
        "Two lanes over time. Python hands over four pieces of work in quick "
        "succession and is free; the GPU works through them one by one and is "
        "done much later. A clock that stops when Python is free shows far too "
        "little; one that stops after synchronize shows the whole.",
        last=LAST,
        slider="Time:",
        hint="Let it run, without synchronize() and with it.",
        sayings=[UNWAITED, WAITED],
        switch="synchronize()",
        play=130,
    )
    image.words(8, 36, "Python", bold=True)
    image.words(8, 76, "GPU", bold=True)
    for place in range(PIECES):
        _piece(image, place)
    _python(image)
    _clock(image, 0, FREE, 104, BRICK, "a clock that does not wait")
    _clock(image, 1, DONE, 128, GREEN, "a clock that waits")
    image.words(394, 144, "scheme, not to scale", INK, "end")
    with image.during(0, LAST, hidden=True, slides=FRAME):
        image.line(START, 8, START, 132, INK, stroke=2)
    return image


def _piece(image: Moving, place: int) -> None:
    """A piece of work: Python hands it over, later the GPU does it."""
    handed, worked = START + HANDED * place, START + 8 + WORKED * place
    with image.during(reaches(handed), LAST):
        image.rect(handed, 24, 13, 18, BLUE, BLUE, opacity=0.2, stroke=1)
        image.line(handed + 6, 42, worked + 6, 62, GRID)
    with image.during(reaches(worked), LAST):
        image.rect(worked, 64, 68, 18, GREEN, GREEN, opacity=0.2, stroke=1)
        text = f"work {place + 1}"
        image.words(worked + 34, 77, text, GREEN, "middle")


def _python(image: Moving) -> None:
    """Python's lane once everything is handed over: it goes on, or it waits."""
    x = at(FREE)
    with image.during(FREE, LAST, state=0, gone=True):
        image.words(x + 4, 20, "the call is back", BRICK)
        image.line(x, 18, x, 104, BRICK, dash="3 3")
    with image.during(FREE, LAST, state=0, hidden=True):
        image.line(x + 6, 33, 388, 33, BLUE, arrow=True)
    with image.during(DONE, LAST, state=1, gone=True):
        image.words(at(DONE) - 4, 54, "synchronize() is back", GREEN, "end")
        image.line(at(DONE), 48, at(DONE), 128, GREEN, dash="3 3")
    with image.during(FREE, LAST, state=1, hidden=True):
        image.rect(x, 24, at(DONE) - x, 18, "none", BLUE, dash="3 3", stroke=1)
        image.words(x + 8, 37, "waits in synchronize()", BLUE)


def _clock(image: Moving, state: int, stops: int, y: float, colour, text: str) -> None:
    """A clock: its time as a bar that grows until it stops."""
    with image.during(0, LAST, state=state):
        image.line(START, y, at(stops), y, colour, arrow=True)
        image.words(START, y + 16, text, colour)
    with image.during(0, LAST, state=state, hidden=True, grows=(START, stops)):
        image.rect(START, y - 3, FRAME * stops, 6, colour, "none")
