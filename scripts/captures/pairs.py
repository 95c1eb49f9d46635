"""Two recordings of the same on a GPU: are they two, of one thing and of one card?"""

import math
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from scripts.captures import capture_file, expected, results
from scripts.captures.expected import Expected
from scripts.captures.form import Capture
from scripts.captures.lost import faults_of_two, in_short
from scripts.common.errors import SiteError
from scripts.common.formatting import threads
from scripts.common.paths import programs

SAME = 1e-6  # what two measurements never agree to


def pair(want: Expected) -> tuple[Capture, Capture] | None:
    """Both recordings; None unless both are there and of the same code."""
    again = replace(want, again=True)
    if not again.path.exists():
        return None
    one, other = capture_file.load(want.path), capture_file.load(again.path)
    return (one, other) if one["fingerprint"] == other["fingerprint"] else None


def is_one_measurement(one: Capture, other: Capture) -> bool:
    """Is it one file twice, or are most of its times the same, but for rounding?

    Times are hardly ever equal twice, nor is how far they spread.
    """
    if "digest" in one and one["digest"] == other.get("digest"):
        return True
    first, second = (c.get("result", {}).get("metrics", {}) for c in (one, other))
    timed = [n for n in first if results.is_time(n) and n in second]
    same = [n for n in timed if is_one_number(first[n], second[n])]
    return 2 * len(same) > len(timed)


def is_one_number(one: dict, other: dict) -> bool:
    """Are the medians of two metrics equal, or their spreads where there is one?"""
    if math.isclose(one["median"], other["median"], rel_tol=SAME):
        return True
    spread, too = one.get("spread"), other.get("spread")
    return bool(spread and too) and math.isclose(spread, too, rel_tol=SAME)


# What has to be the same wherever numbers are compared, in words: all that a page says
# of the machine behind them, and the versions.
MACHINE = {
    "gpu": "{}".format,
    "cpu": "the CPU {}".format,
    "cores": partial(threads, of="core"),
    "threads": threads,
    "torch": "torch {}".format,
    "torchvision": "torchvision {}".format,
    "cuda": "CUDA {}".format,
    "python": "Python {}".format,
}


def another(one: Capture, other: Capture) -> str:
    """In what the machine of `other` is another one, in words; "" if it is the same."""
    here, there = one["machine"], other["machine"]
    if here["device"] != there["device"]:
        return f"{there['gpu'] or there['cpu']} ({there['device']})"
    for fact, words in MACHINE.items():
        if here.get(fact) and there.get(fact) and here[fact] != there[fact]:
            return words(there[fact])
    return ""


def machines(fact: str, found: list[tuple[Expected, Capture]]) -> dict[str, list[str]]:
    """What was recorded on each machine, by one of its facts: the names of captures."""
    names: dict[str, list[str]] = {}
    for want, capture in found:
        if value := capture["machine"].get(fact):
            names.setdefault(MACHINE[fact](value), []).append(want.id)
    return names


def check_one_card(taken: list[tuple[Expected, Capture]]) -> None:
    """Raise SiteError if a lesson would have numbers of two GPUs' machines after this.

    Its page compares them, and says of what machine they are. What is recorded on a CPU
    says for itself, each time, of which one.
    """
    taken = [(want, capture) for want, capture in taken if want.device == "cuda"]
    for slug, again in {(want.slug, want.again) for want, _ in taken}:
        new = {want: capture for want, capture in taken if want.slug == slug}
        rest = [w for w in _on_cards(slug, again) if w not in new]
        found = [*new.items(), *((want, capture_file.load(want.path)) for want in rest)]
        if fault := _two_machines(found):
            raise SiteError(f"{fault}: record all of {slug} on one")


def _on_cards(slug: str, again: bool = False) -> list[Expected]:
    """The captures on a GPU that the tree has of a lesson, and that are fresh."""
    wanted = [
        replace(want, again=again)
        for want in expected.expected("cuda")
        if want.slug == slug
    ]
    return [want for want in wanted if _is_fresh(want)]


def _is_fresh(want: Expected) -> bool:
    try:
        return expected.state(want) == "fresh"
    except SiteError:  # named by whoever looks at it for itself
        return False


def _two_machines(found: list[tuple[Expected, Capture]]) -> str:
    """Names what was recorded on another machine than the rest; "" if it is one."""
    for fact in MACHINE:
        groups = sorted(machines(fact, found).items(), key=lambda item: -len(item[1]))
        if len(groups) > 1:
            (most, _), (other, names) = groups[:2]
            return f"{', '.join(names)}: recorded on {other}, and the rest on {most}"
    return ""


def problems() -> Iterator[str]:
    """What of the recordings on a GPU does not fit together."""
    for slug in programs():
        for again in (False, True):
            here = _on_cards(slug, again)
            fault = _two_machines(
                [(want, capture_file.load(want.path)) for want in here]
            )
            if fault:
                yield f"{fault}: record all of {slug} on one"
        for want in _on_cards(slug, again=True):
            first = replace(want, again=False)
            if not first.path.exists():
                continue
            two = capture_file.load(first.path), capture_file.load(want.path)
            if where := another(*two):
                yield (
                    f"{want.id} was recorded on {where}, the first recording was not: "
                    "record both on one machine"
                )
            elif is_one_measurement(*two):
                yield f"{want.id} is the first recording once more, not a second one"
            if two[0]["fingerprint"] == two[1]["fingerprint"]:
                faults = in_short(faults_of_two(want, *two))
                yield from (f"{want.id}: {f}: record it twice" for f in faults)
