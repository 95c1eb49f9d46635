"""How what was measured reads in a sentence."""

from decimal import Decimal


def show(value: object) -> str:
    """A number with three significant digits and no exponent; text as it is."""
    if isinstance(value, str):
        return value
    if isinstance(value, int) or float(value).is_integer() or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{Decimal(f'{value:.3g}'):,f}"


def passport(capture: dict) -> str:
    """One line of small print: when, on what, with which versions."""
    machine = capture["machine"]
    on = machine["gpu"] or f"{machine['cpu']}, {machine['threads']} threads"
    return f"{capture['recorded']}, {on}, torch {machine['torch']}"
