"""Lesson 1: a file while it is saved, in both ways, and what a kill leaves of it."""

from scripts.content.drawings import drawing
from scripts.content.drawings.moving import Moving
from scripts.content.drawings.pen import BRICK, GREEN, INK
from scripts.content.numbers import lookup

SLUG = "saving-and-loading"
FIRST, APART, WIDE = 60, 84, 76  # where the first moment is drawn, and the next ones
PLAIN = (
    ("old", 1, GREEN),
    ("empty", 0, BRICK),
    ("half", 0.5, BRICK),
    ("new", 1, GREEN),
)
SAFE = (("old", 1, GREEN), ("old", 1, GREEN), ("old", 1, GREEN), ("new", 1, GREEN))
BESIDE = (None, ("half", 0.5, INK), ("new", 1, INK), None)
NAMES = ("before the save", "1. write", "2. flush", "3. replace")
RUNNING = (
    "In both ways, the old checkpoint is on the disk, whole.",
    "torch.save: the old file is emptied, and the new one is not there yet. "
    "save_checkpoint: the new state goes into a file beside the old one.",
    "torch.save: half of the new state is written. save_checkpoint: the new file is "
    "whole and flushed to the disk; path still holds the old one.",
    "In both ways, path holds the new state. save_checkpoint: os.replace put the "
    "complete file there.",
)
KILLED = (
    "Killed before the save: the old state is left, in both ways.",
    "Killed here, torch.save leaves an empty file. save_checkpoint leaves the old "
    "state, and half a .tmp file to delete.",
    "Killed here, torch.save leaves half a file, which does not load. save_checkpoint "
    "leaves the old state, and a .tmp file to delete.",
    "Killed after the save: the new state is left, in both ways.",
)
LEFT = {  # at each moment: what a kill leaves of `path`
    "plain": ("the old state", "nothing to load", "nothing to load", "the new state"),
    "safe": ("the old state", "the old state", "the old state", "the new state"),
}


def counted(name: str) -> int:
    """How many of the captured kills that were."""
    return int(lookup(f"{SLUG}.kill_table.{name}.count").replace(",", ""))


@drawing(SLUG, "safe-save")
def safe_save() -> Moving:
    """A file while it is saved, in both ways, and what 100 kills left of it."""
    kills, plain = counted("plain_kills"), counted("plain_unloadable")
    safe = counted("atomic_unloadable")
    image = Moving(
        258,
        "Above, a plain save: the old file is emptied, then filled again; after "
        f"{plain} of {kills} kills there was no file to load. Below, a safe save: "
        "a new file grows beside the old one and takes its place in one step; "
        f"{_outcome(safe, kills)}.",
        last=len(NAMES) - 1,
        start=2,  # where a kill makes the difference
        slider="Moment:",
        hint="Move through a save, and kill it at any moment.",
        sayings=[_sayings(RUNNING), _sayings(KILLED)],
        switch="Kill it now",
    )
    _way(image, 14, "torch.save(state, path)", "plain", [("path", PLAIN)])
    _dots(image, 76, plain, kills)
    beside = [("path", SAFE), (".tmp", BESIDE)]
    _way(image, 142, "save_checkpoint(state, path)", "safe", beside)
    with image.during(3, 3):
        image.line(304, 189, 326, 174, INK, arrow=True)
        image.words(324, 193, "os.replace", code=True)
    _dots(image, 210, safe, kills)
    return image


def _outcome(lost: int, kills: int) -> str:
    """What so many kills left."""
    if not lost:
        return f"after each of {kills} kills there was a file to load"
    return f"{kills} kills: {lost} left nothing to load"


def _sayings(texts: tuple) -> list:
    """A sentence for each moment, with the moment's name."""
    return [(place, NAMES[place], text) for place, text in enumerate(texts)]


def _way(image: Moving, y: float, call: str, way: str, files: list) -> None:
    """One way to save: its call, its files over time, and what a kill leaves."""
    image.words(8, y, call, code=True)
    for row, (name, moments) in enumerate(files):
        _moments(image, y + 8 + 28 * row, name, moments)
    for moment, left in enumerate(LEFT[way]):
        colour = BRICK if left.startswith("nothing") else GREEN
        with image.during(moment, moment, state=1, hidden=True):
            image.words(388, y, f"left: {left}", colour, "end", bold=True)
    tall = 28 * len(files)
    with image.during(0, 3, hidden=True, slides=APART):
        image.rect(FIRST - 4, y + 5, WIDE + 8, tall, "none", INK, stroke=2.5)
    with image.during(0, 3, state=1, hidden=True, slides=APART):
        image.bolt(FIRST + WIDE - 10, y + 26)


def _moments(image: Moving, y: float, name: str, moments: tuple) -> None:
    """A file at four moments, filled as far as it is written."""
    image.words(8, y + 15, name, code=True)
    for place, moment in enumerate(moments):
        if not moment:
            continue
        says, share, colour = moment
        x = FIRST + APART * place
        with image.during(place, place):
            image.rect(x, y, WIDE, 22, "none", colour)
            if share:
                image.rect(x, y, WIDE * share, 22, colour, "none", opacity=0.18)
            image.words(x + WIDE / 2, y + 15, says, colour, "middle")


def _dots(image: Moving, y: float, lost: int, kills: int) -> None:
    """A dot a kill: full where nothing could be loaded, hollow where it could."""
    for place in range(kills):
        x, row = FIRST + 6.6 * (place % 50), y + 7 * (place // 50)
        if place < lost:
            image.rect(x, row, 5, 5, BRICK, "none")
        else:
            image.rect(x, row, 5, 5, "none", GREEN, stroke=1)
    says = _outcome(lost, kills)
    image.words(FIRST, y + 30, says, BRICK if lost else GREEN, bold=True)
