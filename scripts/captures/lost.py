"""What two captures of the same code hold: is it the same, but for what they name?"""

import re
from collections.abc import Iterator
from dataclasses import replace

from scripts.captures import capture_file, cells, expected, grids, left_out
from scripts.captures.capture_file import NOTHING
from scripts.captures.expected import Expected
from scripts.captures.form import Capture
from scripts.common.errors import SiteError
from scripts.run.without import Cell, is_left_out

NOT_ON_ALL = re.compile("bfloat16|tf32")  # a GPU has both or, like a T4, neither
WIDTH = re.compile(r"(?<=[_ ])w(idth )?[0-9]+")


def at_home(want: Expected) -> Capture | None:
    """The tree's own capture, if it is there, whole and fresh."""
    try:
        fresh = expected.state(want) == "fresh"
    except SiteError as error:
        print(f"note: {error}")  # what is taken in may be its cure
        return None
    return capture_file.load(want.path) if fresh else None


def lost(want: Expected, capture: Capture) -> list[str]:
    """Where a capture is not what its code gives, by others of the same code: faults.

    It has all that the CPU's capture has. One from a GPU has what the tree's from a GPU
    has, no more and no less. What it names as left out is gone, and no more than that;
    and another GPU may be without bfloat16 and TF32.
    """
    return [
        fault
        for known in _of_this_code(want)
        for fault in _faults(want, known, capture)
    ]


def in_short(faults: list[str]) -> list[str]:
    """The first of them, and how many more there are; [] if there is none."""
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    return [fault + more for fault in faults[:1]]


def faults_of_two(want: Expected, one: Capture, other: Capture) -> list[str]:
    """Where two recordings of the same code do not hold the same."""
    ones, others = left_out.leasts(one), left_out.leasts(other)
    if ones != others:
        first, second = (", ".join(map(left_out.words, c)) for c in (ones, others))
        return [
            "the two recordings leave out different cells: the first leaves out "
            f"{first or 'nothing'}, the second {second or 'nothing'}"
        ]
    two = [(held(want, one), held(want, other)), (held(want, other), held(want, one))]
    return [
        f"{words} is in one of the two recordings, and not in the other"
        for there, here in two
        for words in missing(there, here, [])
    ]


Held = dict[str, list[Cell]]  # the cells of all that is the same in words


def held(want: Expected, capture: Capture) -> Held:
    """All that a capture holds, in words that two of the same code share.

    The large batch is given to the widest net that has the memory for it: which that is
    does not matter here.
    """
    least = min(
        grids.grid_of(expected.file_of(want)).values.get("large_batch", ()), default=0
    )
    found: Held = {}
    for words, cell in cells.held(capture.get("result")):
        if least and cell.get("large_batch", 0) >= least:
            words, cell = WIDTH.sub("widest", words), {"large_batch": least}
        found.setdefault(words, []).append(cell)
    return found


def is_without_formats(capture: Capture) -> bool:
    """Was it measured in float16, and neither in bfloat16 nor in TF32?"""
    names = [words for words, _ in cells.held(capture.get("result"))]
    in_float16 = any(re.search("(?<!b)float16", words) for words in names)
    return in_float16 and not any(map(NOT_ON_ALL.search, names))


def check_formats(found: list[tuple[Expected, Capture]]) -> None:
    """Raise SiteError if one GPU has bfloat16 and TF32 in one experiment alone."""
    timed = [(want, capture) for want, capture in found if _is_by_format(want)]
    without = [want.id for want, capture in timed if is_without_formats(capture)]
    having = [want.id for want, capture in timed if want.id not in without]
    if without and having:
        raise SiteError(
            f"{', '.join(without)}: without bfloat16 and TF32, which "
            f"{', '.join(having)} has of the same GPU: record all of it on one"
        )


def _is_by_format(want: Expected) -> bool:
    """Does the experiment time number formats, which not every GPU has?"""
    known = at_home(want) or {}
    return any(map(NOT_ON_ALL.search, held(want, known))) and not _on_cpu(want)


def _on_cpu(want: Expected) -> bool:
    """Does the CPU's capture of the same code have these formats, too?"""
    known = at_home(replace(want, device=expected.DEVICES[0])) or {}
    return any(map(NOT_ON_ALL.search, held(want, known)))


def missing(there: Held, here: Held, less: list[Cell]) -> Iterator[str]:
    """What is there and not here, without what is of cells that are left out here."""
    for words, of in there.items():
        needed = [cell for cell in of if not is_left_out(cell, less)]
        if len(here.get(words, [])) < len(needed):
            yield words


def _of_this_code(want: Expected) -> list[Capture]:
    """The tree's captures of the same code: a CPU's, and for a GPU's also a GPU's."""
    devices = expected.DEVICES[: 1 + expected.DEVICES.index(want.device)]
    found = [at_home(replace(want, device=device)) for device in devices]
    return [known for known in found if known]


def _faults(want: Expected, known: Capture, capture: Capture) -> Iterator[str]:
    """Where a capture is not what the known one of the same code says it should be."""
    there, here = held(want, known), held(want, capture)
    on_gpu = known["machine"]["device"] == "cuda"
    if on_gpu and known["machine"]["gpu"] != capture["machine"]["gpu"]:
        # of two GPUs, one may be without these formats, but without all of them
        lists = [{w for w in names if NOT_ON_ALL.search(w)} for names in (there, here)]
        if not all(lists):
            there, here = (
                {w: c for w, c in names.items() if not NOT_ON_ALL.search(w)}
                for names in (there, here)
            )
    if on_gpu:  # what a CPU prints may be that it has no GPU
        yield from _silent(known, capture)
    for words in missing(there, here, left_out.leasts(capture)):
        yield f"{words} is gone from the recording"
    for words in missing(here, there, left_out.leasts(known)) if on_gpu else ():
        yield f"{words} is in no other recording of this code"


def _silent(known: Capture, capture: Capture) -> Iterator[str]:
    """Blocks that printed nothing, though they print something on another GPU."""
    printed = {
        block["name"] for block in known.get("blocks", []) if block["sha256"] != NOTHING
    }
    where = known["machine"]["gpu"]
    for block in capture.get("blocks", []):
        if block["sha256"] == NOTHING and block["name"] in printed:
            yield f"{block['name']}.txt is empty; on {where}, its block printed a text"
