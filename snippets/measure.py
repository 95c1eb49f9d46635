"""How every experiment sums up repeated measurements."""

from statistics import median, stdev


def summary(values: list[float]) -> dict[str, float]:
    """Median, sample standard deviation ("spread") and count of repeated measurements.

    One value has no spread: it is then 0.0, and `n` says so.
    """
    values = [float(value) for value in values]
    if not values:
        raise ValueError("summary() needs at least one measurement, got an empty list")
    spread = stdev(values) if len(values) > 1 else 0.0
    return {"median": median(values), "spread": spread, "n": len(values)}
