"""How much two recordings of the same code on the same kind of device differ."""

import math
from decimal import ROUND_CEILING, Decimal
from statistics import median

from scripts.captures import expected, results
from scripts.captures.form import Capture
from scripts.captures.pairs import pair
from scripts.common.errors import SiteError
from scripts.common.formatting import safe, show, threads
from scripts.common.paths import lessons


def sentence(slug: str, device: str = "cuda") -> str:
    """One sentence over all metrics of a lesson; "" while nothing is recorded."""
    if slug not in lessons():
        raise SiteError(f"there is no lesson {slug}")
    names = [
        n for n in expected.experiments(slug) if device in expected.devices(slug, n)
    ]
    wanted = [expected.wanted(slug, name, device) for name in names]
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
    same = len(found) - len(apart)
    return (
        f"{begin}{same}{' (counts, for example)' if same else ''} "
        f"{'is' if same == 1 else 'are'} identical. Half of the others differ by "
        f"{_at_most(100 * median(apart))} % or less, nine in ten by "
        f"{_at_most(100 * most)} % or less, and none by more than "
        f"{_at_most(100 * apart[-1])} %."
    )


def _at_most(value: float) -> str:
    """Three digits of a bound, rounded up: what it says of the numbers stays true."""
    exact = Decimal(f"{value:.12g}")  # without what 100 × adds in the last digit
    step = Decimal(1).scaleb(exact.adjusted() - 2)
    return show(float(exact.quantize(step, rounding=ROUND_CEILING)))


def differences(one: Capture, other: Capture) -> list[float]:
    """The relative difference of each metric that both have.

    Not of what may be on either side of 0, such as a slope: a share says nothing there.
    """
    first, second = (c["result"].get("metrics", {}) for c in (one, other))
    return [
        relative(first[m]["median"], second[m]["median"])
        for m in first
        if m in second and not results.has_sign(m)
    ]


def relative(a: float, b: float) -> float:
    """How far two numbers are apart, as a share of the larger."""
    largest = max(abs(a), abs(b))
    return abs(a - b) / largest if largest else 0.0


# What of a machine changes what is measured on it, in words.
PARTS = {"gpu": "the GPU {}".format, "cpu": "the CPU {}".format, "threads": threads}
PARTS |= {"torch": "torch {}".format, "cuda": "CUDA {}".format}


def _on_another(pairs: dict[str, tuple[Capture, Capture]]) -> str:
    """What was another in the second recordings, if anything was."""
    machines = [(one["machine"], other["machine"]) for one, other in pairs.values()]
    other = {
        safe(str(words(second[part]))): None  # each once, in this order
        for part, words in PARTS.items()
        for first, second in machines
        if first[part] != second[part]
    }
    return f", the second time with {', '.join(other)}" if other else ""
