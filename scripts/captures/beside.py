"""A recording beside what the tree has of the same code.

Some of it has to be the same, such as how many images there were; and some of it is
never the same on two machines, such as times.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from scripts.captures import capture_file, compare, expected, pairs, places, results
from scripts.captures.capture_file import NOTHING
from scripts.captures.expected import PROGRAM, Expected
from scripts.captures.form import Capture
from scripts.common.errors import SiteError

# Metrics that the code says, on whatever machine it runs.
FIXED = re.compile(r"^(host_)?(tiny|empty|big)_(images|weights|gflop|steps)$|^size$")
# A file's code that takes the device "meta" where there is no GPU.
STANDS_IN = re.compile(r'else (torch\.device\()?"meta"')
VERDICT = re.compile(r"\b(True|False|yes|no)\b", re.I)  # measured, it may be chance
# Where these are the same, a block whose text does not vary prints the same words, but
# for verdicts.
ALIKE = ("device", "gpu", "cpu", "threads", "python", "torch", "torchvision")
FEWEST = 2  # numbers of which one can say that all are the same

Known = list[tuple[Expected, Capture]]


def faults(want: Expected, capture: Capture, texts: dict[str, bytes]) -> Iterator[str]:
    """What no recording of `want` can say, with what the tree has of the same code."""
    known = _known(want)
    for _, other in known:
        yield from _copied(capture, other)
    if want.name == PROGRAM:
        yield from _figures(capture, known)
        if want.device == "cuda":
            yield from _no_gpu(want, capture, texts, known)
        yield from _other_words(want, capture, texts, known)
        return
    of_code = [other for _, other in known]
    yield from _changed(capture, of_code)
    yield from _cut(capture, of_code)
    yield from _columns(capture, of_code)
    yield from places.faults(capture, of_code)


def _known(want: Expected) -> Known:
    """All that the tree has of the same code, on both devices, second ones too."""
    wants = [
        replace(want, device=device, again=again)
        for device in expected.DEVICES
        for again in (False, True)
    ]
    return [(one, found) for one in wants if (found := _fresh(one))]


def _fresh(want: Expected) -> Capture | None:
    try:
        fresh = want.path.exists() and expected.state(want) == "fresh"
    except SiteError:  # named by whoever looks at it for itself
        return None
    return capture_file.load(want.path) if fresh else None


def _copied(capture: Capture, other: Capture) -> Iterator[str]:
    """What was measured on another machine, under this one's name."""
    where = pairs.another(capture, other)
    if where and pairs.is_one_measurement(capture, other):
        yield f"most of its times are those that the tree has of {where}"
    elif where and _is_all_the_same(capture, other):
        yield f"its numbers are those that the tree has of {where}"
    elif where and _has_same_times(capture, other):
        yield f"most of its texts with times are those that the tree has of {where}"


def _is_all_the_same(capture: Capture, other: Capture) -> bool:
    """Are all numbers that vary those of another kind of device?"""
    if capture["machine"]["device"] == other["machine"]["device"]:
        return False
    ones, others = (_metrics(c) for c in (capture, other))
    varied = [n for n in ones if n in others and others[n]["spread"]]
    same = [n for n in varied if ones[n]["median"] == others[n]["median"]]
    return len(varied) >= FEWEST and len(same) == len(varied)


def _has_same_times(capture: Capture, other: Capture) -> bool:
    """Are most texts that vary with each run equal, to the last letter?"""
    ones = {b["name"]: b["sha256"] for b in capture.get("blocks", []) if b["volatile"]}
    others = {b["name"]: b["sha256"] for b in other.get("blocks", [])}
    there = {n: d for n, d in ones.items() if others.get(n, NOTHING) != NOTHING}
    same = [name for name, digest in there.items() if others[name] == digest]
    return len(there) >= FEWEST and 2 * len(same) > len(there)


def _figures(capture: Capture, known: Known) -> Iterator[str]:
    """Figures that the block does not draw on a CPU, or does draw there."""
    drawn = {
        block["name"]: set(block["figures"])
        for want, other in known
        for block in other["blocks"]
        if want.device == "cpu"
    }
    for block in capture["blocks"]:
        here = set(block["figures"])
        for name in sorted(here - drawn.get(block["name"], here)):
            yield f"the page shows no figure {name}, and the CPU's program draws none"
        for name in sorted(drawn.get(block["name"], here) - here):
            yield f"it lacks the figure {name}, which the CPU's program draws"


def _other_words(
    want: Expected, capture: Capture, texts: dict[str, bytes], known: Known
) -> Iterator[str]:
    """Texts that say other words than on the same GPU, with the same code and torch."""
    for one, other in known:
        machine = other["machine"]
        if any(machine[key] != capture["machine"][key] for key in ALIKE):
            continue
        folder = one.path.parent
        for block in capture["blocks"]:
            name = f"{block['name']}.txt"
            if block["volatile"] or not (folder / name).exists():
                continue
            there = (folder / name).read_text(encoding="utf-8")
            said = (texts[name].decode("utf-8"), there)
            words = compare.distance(*(VERDICT.sub("#", text) for text in said))[0]
            if words:
                card = machine["gpu"] or machine["cpu"]
                yield f"{name} says other words than on the same {card}: {words}"


def _no_gpu(
    want: Expected, capture: Capture, texts: dict[str, bytes], known: Known
) -> Iterator[str]:
    """Texts of a machine without a GPU under a GPU's name."""
    code: dict[str, str] = {}  # by the file that the blocks are of
    for block in want.blocks:
        file = block.name.partition("-")[0]
        code[file] = code.get(file, "") + block.code
    on = {one.device: (one, other) for one, other in known if not one.again}
    for block in capture["blocks"]:
        name = f"{block['name']}.txt"
        text = texts[name].decode("utf-8")
        stands_in = STANDS_IN.search(code.get(block["name"].partition("-")[0], ""))
        if stands_in and re.search(r"\bmeta\b", text):
            yield f"{name} says 'meta', which stands in where there is no GPU"
        if on.keys() >= {"cpu", "cuda"} and _is_as_on_cpu(name, text, on):
            gpu = on["cuda"][1]["machine"]["gpu"]
            yield f"{name} says, word by word, what a CPU printed, and {gpu} did not"


def _is_as_on_cpu(name: str, text: str, on: dict) -> bool:
    """Are its words the CPU's, and those of the GPU that the tree has others?"""
    on_cpu, on_gpu = (on[device][0].path.with_name(name) for device in ("cpu", "cuda"))
    if not on_cpu.exists() or not on_gpu.exists():
        return False
    cpu, gpu, here = (
        VERDICT.sub("#", compare.skeleton(said)[0])
        for said in (on_cpu.read_text("utf-8"), on_gpu.read_text("utf-8"), text)
    )
    return here == cpu != gpu


def _changed(capture: Capture, known: list[Capture]) -> Iterator[str]:
    """What follows from the code alone, and is another number here."""
    for part, least in {"settings": 1, "counts": 2, "metrics": 1}.items():
        parts = [other["result"].get(part, {}) for other in known]
        for name, value in capture["result"].get(part, {}).items():
            if part == "metrics":
                if not FIXED.search(name):
                    continue
                value = value["median"]
            told = [held[name] for held in parts if name in held]
            told = [v["median"] for v in told] if part == "metrics" else told
            if len(told) >= least and all(v == told[0] != value for v in told):
                yield f"{name} of its {part} is {value!r:.60}, not {told[0]!r:.60}"


def _cut(capture: Capture, known: list[Capture]) -> Iterator[str]:
    """Series of which each repetition is a line, and which have not so many."""
    for name, lines in _lines(capture).items():
        each = [c["repeats"] for c in known if _lines(c).get(name) == c["repeats"] > 1]
        if each and lines != capture["repeats"]:
            yield (
                f"the series {name!r} has {lines} lines, not one for each of the "
                f"{capture['repeats']} repetitions"
            )


def _lines(capture: Capture) -> dict[str, int]:
    """How many lines each series of points has."""
    series = capture["result"].get("series", {})
    return {
        n: len(s["y"]) for n, s in series.items() if isinstance(s, dict) and "y" in s
    }


def _columns(capture: Capture, known: list[Capture]) -> Iterator[str]:
    """Cells that are no number, or one below zero, where all others have numbers."""
    here, there = _cells(capture), [_cells(other) for other in known]
    for (table, title), cells in here.items():
        told = [c for held in there for c in held.get((table, title), ())]
        if not told or not all(map(_is_number, told)):
            continue
        signed = results.has_sign(title) or min(map(results.number_in, told)) < 0
        for cell in cells:
            if not _is_number(cell) or not signed and results.number_in(cell) < 0:
                says = "a number" if signed else "a number from 0 on"
                yield (
                    f"the table {table!r} has the cell {cell!r:.60} below {title!r:.60}"
                    f", not {says}"
                )


def _cells(capture: Capture) -> dict[tuple[str, str], list]:
    """The cells of each column, by its table and its title."""
    return {
        (name, title): [row[number] for row in table["rows"]]
        for name, table in capture["result"].get("tables", {}).items()
        for number, title in enumerate(table["columns"])
    }


def _is_number(cell: object) -> bool:
    """A number, or one in words with how far it spreads."""
    if isinstance(cell, str):
        return (
            bool(results.CELL.fullmatch(cell)) and results.number_in(cell) is not None
        )
    return results.is_number(cell)


def _metrics(capture: Capture) -> dict:
    return capture.get("result", {}).get("metrics", {})
