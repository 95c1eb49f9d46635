"""How much two recordings of the same code on the same kind of device differ."""

import math
from dataclasses import replace
from statistics import median

from scripts import captures, sealed
from scripts.captures import Expected
from scripts.tree import SiteError, lessons
from scripts.words import code, safe, show


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
    found = sorted(d for name, two in pairs.items() for d in differences(name, *two))
    largest, metric, experiment = found[-1]
    middle = median(difference for difference, _, _ in found)
    most, *_ = found[math.ceil(0.9 * len(found)) - 1]  # of nine in ten
    what = f"{len(pairs)} of these {len(recorded)} experiments were"
    return (
        f"{'This was' if len(pairs) == len(recorded) else what} recorded twice"
        f"{_on_different(pairs)}: of {len(found)} numbers, half differ by "
        f"{show(100 * middle)} % or less between the two, nine in ten by "
        f"{show(100 * most)} % or less, and none by more than {show(100 * largest)} % "
        f"({code(metric)} of {experiment})."
    )


def pair(want: Expected) -> tuple[dict, dict] | None:
    """Both recordings; None unless both are there and of the same code."""
    again = replace(want, again=True)
    if not again.path.exists():
        return None
    one, other = sealed.load(want.path), sealed.load(again.path)
    return (one, other) if one["fingerprint"] == other["fingerprint"] else None


def differences(name: str, one: dict, other: dict) -> list[tuple[float, str, str]]:
    """(relative difference, metric, experiment) of each metric that both have."""
    first, second = (c["result"].get("metrics", {}) for c in (one, other))
    return [
        (relative(first[m]["median"], second[m]["median"]), m, name)
        for m in first
        if m in second
    ]


def relative(a: float, b: float) -> float:
    """How far two numbers are apart, as a share of the larger."""
    largest = max(abs(a), abs(b))
    return abs(a - b) / largest if largest else 0.0


def _on_different(pairs: dict[str, tuple[dict, dict]]) -> str:
    """On which machines, if not on one kind alone."""
    gpus = {capture["machine"]["gpu"] for two in pairs.values() for capture in two}
    return f", on {' and '.join(map(safe, sorted(gpus)))}" if len(gpus) > 1 else ""
