"""Is a block's fresh text what was captured? Words exactly, numbers nearly."""

import re
from collections.abc import Iterable

from scripts.page.program import Block

NUMBER = re.compile(r"(?<![\w.])[-+]?\d+(?:,\d{3})*(?:\.\d+)?(?:e[-+]?\d+)?(?![\w])")
# Whole numbers in brackets are a shape or labels, which no tolerance touches.
SHAPE = re.compile(r"[\[(]\d+(?:, ?\d+)*,?[\])]")
DIGEST = re.compile(r"\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{8,64}\b")


def skeleton(text: str) -> tuple[str, list[float]]:
    """Text with its numbers taken out and its digests numbered in order of appearance.

    Weights' digests differ between processors; which of them are equal does not.
    """
    seen: dict[str, str] = {}
    text = DIGEST.sub(
        lambda m: seen.setdefault(m[0], f"<digest {chr(97 + len(seen))}>"), text
    )
    numbers = [float(found.replace(",", "")) for found in NUMBER.findall(text)]
    text = re.sub(r"(?<=[\[(]) +", "", text)  # room for a sign
    lines = [re.sub(r"[ \t]+", " ", line).rstrip() for line in text.splitlines()]
    return "\n".join(NUMBER.sub("#", line) for line in lines), numbers


def differences(
    fresh: str, captured: str, tolerance: float = 1e-3, volatile: bool = False
) -> list[str]:
    """What differs, a sentence each; empty if nothing does.

    `tolerance` is relative. `volatile`: the numbers are not compared, the lines are.
    """
    fresh_words, fresh_numbers = skeleton(fresh)
    words, numbers = skeleton(captured)
    if fresh_words != words:
        return [_first_difference(fresh_words, words)]
    if volatile:
        return []
    if SHAPE.findall(fresh) != SHAPE.findall(captured):
        return [f"{SHAPE.findall(fresh)} instead of {SHAPE.findall(captured)}"]
    return [
        f"{new} instead of {old} (tolerance {tolerance})"
        for new, old in zip(fresh_numbers, numbers, strict=True)
        if abs(new - old) > tolerance * max(abs(new), abs(old))
    ]


def changes(
    old: dict[str, str], new: dict[str, str], blocks: Iterable[Block]
) -> tuple[int, list[str]]:
    """How many blocks' texts changed within their tolerance, and which ones beyond.

    `old` and `new` hold texts by the block's name; one that is new has not changed.
    """
    within, beyond = 0, []
    for block in blocks:
        name = block.name
        if name not in old or old[name] == new[name]:
            continue
        volatile = block.volatile is not None
        found = differences(new[name], old[name], block.tolerance, volatile)
        within += not found
        beyond += [f"{name}: {found[0]}"] if found else []
    return within, beyond


def distance(fresh: str, captured: str) -> tuple[str, float]:
    """Where the words differ, or "", and by how much the numbers do, relatively."""
    fresh_words, new = skeleton(fresh)
    words, old = skeleton(captured)
    if fresh_words != words:
        return _first_difference(fresh_words, words), 0.0
    if SHAPE.findall(fresh) != SHAPE.findall(captured):
        return f"{SHAPE.findall(fresh)} instead of {SHAPE.findall(captured)}", 0.0
    sizes = [(abs(a - b), max(abs(a), abs(b))) for a, b in zip(new, old, strict=True)]
    return "", max((apart / size for apart, size in sizes if apart), default=0.0)


def _first_difference(fresh: str, captured: str) -> str:
    new, old = fresh.splitlines(), captured.splitlines()
    for number, pair in enumerate(zip(new, old, strict=False), start=1):
        if pair[0] != pair[1]:
            return f"line {number}: '{pair[0]}' instead of '{pair[1]}'"
    return f"{len(new)} lines instead of {len(old)}"
