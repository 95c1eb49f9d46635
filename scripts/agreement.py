"""How much two recordings of the same code on the same kind of device differ."""

import math
import re
from collections.abc import Iterator
from dataclasses import replace
from statistics import median

from scripts import captures, sealed
from scripts.captures import Expected
from scripts.tree import SiteError, lessons
from scripts.words import safe, show


def sentence(slug: str, device: str = "cuda") -> str:
    """One sentence over all metrics of a lesson; "" while nothing is recorded."""
    if slug not in lessons():
        raise SiteError(f"there is no lesson {slug}")
    names = [
        n for n in captures.experiments(slug) if device in captures.devices(slug, n)
    ]
    wanted = [captures.wanted(slug, name, device) for name in names]
    recorded = [want for want in wanted if want.path.exists()]
    pairs = {want.name: found for want in recorded if (found := pair(want))}
    if not recorded:
        return ""
    if not pairs:
        return "This was recorded once."
    found = sorted(d for two in pairs.values() for d in differences(*two))
    what = f"{len(pairs)} of these {len(recorded)} experiments were"
    begin = (
        f"{'This was' if len(pairs) == len(recorded) else what} recorded twice"
        f"{_on_another(pairs)}. Of {len(found)} numbers, "
    )
    apart = [difference for difference in found if difference > 0]
    if not apart:
        return f"{begin}none differs between the two."
    most = apart[math.ceil(0.9 * len(apart)) - 1]  # of nine in ten
    return (
        f"{begin}{len(found) - len(apart)} do not differ, such as counts. Half of the "
        f"others differ by {show(100 * median(apart))} % or less, nine in "
        f"ten by {show(100 * most)} % or less, and none by more than "
        f"{show(100 * apart[-1])} %."
    )


def pair(want: Expected) -> tuple[dict, dict] | None:
    """Both recordings; None unless both are there and of the same code."""
    again = replace(want, again=True)
    if not again.path.exists():
        return None
    one, other = sealed.load(want.path), sealed.load(again.path)
    return (one, other) if one["fingerprint"] == other["fingerprint"] else None


def differences(one: dict, other: dict) -> list[float]:
    """The relative difference of each metric that both have."""
    first, second = (c["result"].get("metrics", {}) for c in (one, other))
    return [
        relative(first[m]["median"], second[m]["median"]) for m in first if m in second
    ]


def relative(a: float, b: float) -> float:
    """How far two numbers are apart, as a share of the larger."""
    largest = max(abs(a), abs(b))
    return abs(a - b) / largest if largest else 0.0


# What of a machine changes what is measured on it, in words.
PARTS = {"gpu": "the GPU {}", "cpu": "the CPU {}", "threads": "{} threads"}
PARTS |= {"torch": "torch {}", "cuda": "CUDA {}"}


def _on_another(pairs: dict[str, tuple[dict, dict]]) -> str:
    """What was another in the second recordings, if anything was."""
    machines = [(one["machine"], other["machine"]) for one, other in pairs.values()]
    other = {
        words.format(safe(str(second[part]))): None  # each once, in this order
        for part, words in PARTS.items()
        for first, second in machines
        if first[part] != second[part]
    }
    return f", the second time with {', '.join(other)}" if other else ""


TIMES = re.compile(r"(_|^)(ms|us|s|seconds)$|_(ms|us)_")


def is_one_measurement(one: dict, other: dict) -> bool:
    """Are these results equal, with times in them, which are never equal twice?"""
    metrics = one.get("result", {}).get("metrics", {})
    timed = any(TIMES.search(name) for name in metrics)
    return timed and one["result"] == other.get("result")


def cards(found: list[tuple[Expected, dict]]) -> dict[str, list[str]]:
    """The names of what was recorded on each GPU."""
    names: dict[str, list[str]] = {}
    for want, capture in found:
        if gpu := capture["machine"]["gpu"]:
            names.setdefault(gpu, []).append(want.id)
    return names


def check_one_card(taken: list[tuple[Expected, dict]]) -> None:
    """Raise SiteError if a lesson would have numbers of two GPUs after this.

    Its page compares them, and calls them those of one.
    """
    for slug, again in {(want.slug, want.again) for want, _ in taken}:
        new = {want: capture for want, capture in taken if want.slug == slug}
        rest = [w for w in _on_cards(slug, again) if w not in new]
        found = [*new.items(), *((want, sealed.load(want.path)) for want in rest)]
        if fault := _two_cards(found):
            raise SiteError(f"{fault}: record all of {slug} on one")


def _on_cards(slug: str, again: bool = False) -> list[Expected]:
    """The captures on a GPU that the tree has of a lesson, and that are fresh."""
    wanted = [
        replace(want, again=again)
        for want in captures.expected("cuda")
        if want.slug == slug
    ]
    return [want for want in wanted if _is_fresh(want)]


def _is_fresh(want: Expected) -> bool:
    try:
        return captures.state(want) == "fresh"
    except SiteError:  # named by whoever looks at it for itself
        return False


def _two_cards(found: list[tuple[Expected, dict]]) -> str:
    """Names what was recorded on another GPU than the rest; "" where all is of one."""
    by_card = sorted(cards(found).items(), key=lambda item: -len(item[1]))
    if len(by_card) < 2:
        return ""
    (most, _), (other, names) = by_card[:2]
    return f"{', '.join(names)}: recorded on {other}, and the rest on {most}"


def problems() -> Iterator[str]:
    """What of the recordings on a GPU does not fit together."""
    for slug in lessons():
        for again in (False, True):
            here = _on_cards(slug, again)
            fault = _two_cards([(want, sealed.load(want.path)) for want in here])
            if fault:
                yield f"{fault}: record all of {slug} on one"
        for want in _on_cards(slug, again=True):
            first = replace(want, again=False)
            if first.path.exists() and is_one_measurement(
                sealed.load(first.path), sealed.load(want.path)
            ):
                yield f"{want.id} is the first recording once more, not a second one"
