"""How what was measured reads in a sentence."""

import math
import re
from collections.abc import Sequence
from decimal import Decimal
from statistics import median, stdev

# A hyphen before a number: not that of 1e-8, of a date or of a name, nor one in `code`.
HYPHEN = re.compile(r"`[^`]*`|(?<![\w.-])-(?=\.?\d)")


def show(value: object) -> str:
    """A number with three significant digits and no exponent; text as it is."""
    if isinstance(value, str):
        return value
    if isinstance(value, int) or float(value).is_integer() or abs(value) >= 1000:
        return signed(f"{value:,.0f}")
    return signed(f"{Decimal(f'{value:.3g}'):,f}")


def signed(text: str) -> str:
    """Text whose negative numbers have a minus sign and no hyphen; no 0 has a sign."""
    text = HYPHEN.sub(lambda found: "−" if found[0] == "-" else found[0], text)
    return re.sub(r"−(0(?:\.0+)?)(?![\d.,])", r"\1", text)


def show_spread(spread: float, median: float) -> str:
    """A spread beside its median: two significant digits, never finer than the median.

    One that would be rounded to 0 so keeps its digits.
    """
    if not spread:
        return "0"
    behind = len(show(median).partition(".")[2])
    digits = max(min(1 - math.floor(math.log10(spread)), behind), 0)
    return f"{spread:,.{digits}f}" if round(spread, digits) else show(spread)


def over_runs(values: Sequence[float], digits: int) -> str:
    """Median ± sample standard deviation, for a column of a table: digits as told."""
    spread = stdev(values) if len(values) > 1 else 0.0
    return f"{median(values):.{digits}f} ± {spread:.{digits}f}"


# What neither HTML nor Markdown, nor our own keys, take for more than a letter.
PLAIN = re.compile(r"[^\w\s.,:;()/+%@=°·–−±×…-]|_(?!\w)|(?<!\w)_")
# The same in a table, where a star, an underline or a quote does no harm.
CELL = re.compile(r"[<&\[\]{}]")


def safe(text: object, special: re.Pattern = PLAIN) -> str:
    """Text that a recording gave, for a page: it shows as it is, and does nothing."""
    return special.sub(lambda found: f"&#{ord(found[0])};", " ".join(str(text).split()))


def code(text: object) -> str:
    """The same as code, such as a command."""
    return f"<code>{safe(text)}</code>"


def threads(count: int, of: str = "thread") -> str:
    """Several threads or one, in words."""
    return f"{count} {of}{'' if count == 1 else 's'}"


def passport(capture: dict) -> str:
    """One line of small print: when, on what, with which versions. Not for a page yet:
    see `safe`."""
    machine = capture["machine"]
    on = f"{machine['cpu']}, {threads(machine['threads'])}"
    if machine["gpu"]:
        on = f"{machine['gpu']} and {threads(machine['threads'], 'CPU thread')}"
    return f"{capture['recorded']}, {on}, torch {machine['torch']}"
