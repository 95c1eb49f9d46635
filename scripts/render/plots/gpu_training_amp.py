"""The plots of lesson 2 that are about copies, arithmetic and mixed precision."""

from scripts.render.plots.style import B, C, D, E, flat, name_lines, plain_numbers
from scripts.render.registry import plot

SLUG = "gpu-training"
NUMBERS = {
    "float32": "float32",
    "tf32": "TF32",
    "bfloat16": "bfloat16\nautocast",
    "float16": "float16\nand scaler",
}
LINES = [(B, "-", "o"), (E, "--", "s"), (C, "-.", "^"), (D, ":", "D")]


def draw_lines(axes, series: dict, labels: dict[str, str]) -> None:
    """One line with markers for each labelled series that the result has."""
    present = [(key, label) for key, label in labels.items() if key in series]
    for (key, label), style in zip(present, LINES, strict=False):
        colour, dashes, marker = style
        line = series[key]
        axes.plot(
            line["x"], line["y"][0], dashes, color=colour, marker=marker, label=label
        )


def width_axis(axes, widths: list[int]) -> None:
    """Widths on a log scale, each written out."""
    axes.set(xscale="log", xlabel="width (log scale)")
    plain_numbers(axes.xaxis, widths)


def said(value: float) -> str:
    """A number as a sentence says it: three digits, no exponent."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


@plot(SLUG, "transfer", "rate")
def transfer_rate(axes, result: dict) -> str:
    """GB/s of a copy over its size, by kind of memory."""
    series = result["series"]
    labels = {
        "pageable": "ordinary",
        "pageable_async": "ordinary,\nnon_blocking",
        "pinned": "pinned",
        "pinned_async": "pinned,\nnon_blocking",
    }
    axes.set(xscale="log", xlabel="size of the copy, MB (log scale)")
    axes.set_title("GB/s, by kind of memory")
    draw_lines(axes, series, labels)
    plain_numbers(axes.xaxis)
    axes.set_ylim(bottom=0)
    name_lines(axes)
    sizes = series["pageable"]["x"]
    parts = [
        f"{flat(label)}: {said(line[0])} to {said(line[-1])}"
        for label, line in ((labels[key], series[key]["y"][0]) for key in labels)
    ]
    return (
        f"Rate of copies to the GPU in gigabytes per second, by kind of memory, from "
        f"{said(sizes[0])} to {said(sizes[-1])} megabytes. {'; '.join(parts)}."
    )


@plot(SLUG, "matmul_rate", "share")
def matmul_rate_share(axes, result: dict) -> str:
    """Percent of the measured product rate that a training step reaches, over width."""
    series = result["series"]
    labels = NUMBERS
    draw_lines(axes, series, labels)
    width_axis(axes, series["float32"]["x"])
    axes.set_title("% of the measured rate")
    axes.set_ylim(bottom=0)
    name_lines(axes)
    parts = [
        f"{flat(label)}: {said(line['y'][0][0])} percent at width {line['x'][0]}, "
        f"{said(line['y'][0][-1])} percent at width {line['x'][-1]}"
        for key, label in labels.items()
        if (line := series.get(key))
    ]
    return (
        "Share of the device's own rate of matrix products that a training step "
        f"reaches, over the width of the net. {'; '.join(parts)}."
    )


@plot(SLUG, "amp_speed", "speed")
def amp_speed_speed(axes, result: dict) -> str:
    """Milliseconds of a step over width, in each number format."""
    return over_width(axes, result["series"], "ms", "ms a step")


@plot(SLUG, "amp_speed", "memory")
def amp_speed_memory(axes, result: dict) -> str:
    """Peak megabytes of a step over width, in each number format."""
    return over_width(axes, result["series"], "mb", "MB at most in a step")


def over_width(axes, series: dict, unit: str, what: str) -> str:
    """Log-log lines of one unit, and in words how they compare at both ends."""
    draw_lines(axes, series, {f"{key}_{unit}": NUMBERS[key] for key in NUMBERS})
    plain = series[f"float32_{unit}"]
    width_axis(axes, plain["x"])
    axes.set(yscale="log", title=f"{what} (log scale)")
    plain_numbers(axes.yaxis)
    name_lines(axes)
    parts = []
    for place in (0, -1):
        values = [
            f"{flat(label)} {said(series[f'{key}_{unit}']['y'][0][place])}"
            for key, label in NUMBERS.items()
            if f"{key}_{unit}" in series
        ]
        parts.append(f"at width {plain['x'][place]}: {', '.join(values)}")
    return f"{what[0].upper()}{what[1:]}, over the width: {'; '.join(parts)}."
