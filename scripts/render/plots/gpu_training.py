"""The plots of lesson 2's measurements: step time, input, and steps large and small."""

from statistics import median

from scripts.render.plots.style import (
    GRID,
    INK,
    WIDTH,
    B,
    C,
    D,
    E,
    legend_below,
    name_lines,
    plain_numbers,
    row_names,
)
from scripts.render.registry import plot

SLUG = "gpu-training"
INPUTS = [  # metric, label
    ("usual", "usual loader"),
    ("workers", "usual loader, 2 workers"),
    ("tensors", "tensors, DataLoader"),
    ("indexed", "tensors, indexed"),
    ("resident", "on the GPU, indexed"),
]


@plot(SLUG, "crossover", "times")
def crossover_times(axes, result: dict) -> str:
    """Step time over width, a line for each batch; the GPU's are dashed."""
    series = result["series"]
    batches = sorted(int(key.removeprefix("cpu_b")) for key in series if "cpu_b" in key)
    gpu = f"cuda_b{batches[0]}" in series
    for batch, colour in zip(batches, (B, C, D, E), strict=False):
        cpu = series[f"cpu_b{batch}"]
        axes.plot(cpu["x"], cpu["y"][0], "o-", color=colour, label=f"CPU, {batch:,}")
        if gpu:
            there, label = series[f"cuda_b{batch}"], f"GPU, {batch:,}"
            axes.plot(there["x"], there["y"][0], "s--", color=colour, label=label)
    axes.set(xscale="log", yscale="log", xlabel="width (log scale)")
    axes.set(title="ms a step, by batch (log scale)")
    plain_numbers(axes.xaxis, cpu["x"])
    plain_numbers(axes.yaxis)
    name_lines(axes)
    return times_in_words(result["metrics"], cpu["x"], batches, gpu)


def times_in_words(metrics: dict, widths: list, batches: list, gpu: bool) -> str:
    """What the plot of step times shows; a word of the GPU only if it was measured."""

    def ms(device, width, batch):
        return metrics[f"{device}_w{width}_b{batch}"]["median"]

    devices = [("CPU", "cpu")] + [("GPU", "cuda")] * gpu
    says = [f"Time of a training step for widths {widths[0]} to {widths[-1]}."]
    small, large = batches[0], batches[-1]
    for name, device in devices:
        low, high = ms(device, widths[0], small), ms(device, widths[-1], large)
        grows = ms(device, widths[0], large) / low
        says.append(
            f"On the {name} it goes from {low:.2g} ms (width {widths[0]}, "
            f"batch {small}) to {high:,.4g} ms (width {widths[-1]}, batch {large}); in "
            f"the narrowest net, {large // small} times the batch takes {grows:.1f} "
            "times as long."
        )
    if gpu:
        ratios = [
            (ms("cpu", width, batch) / ms("cuda", width, batch), width, batch)
            for width in widths
            for batch in batches
        ]
        slower = sum(ratio < 1 for ratio, *_ in ratios)
        (low, *least), (high, *most) = min(ratios), max(ratios)
        says.append(
            f"The CPU's time over the GPU's is between {low:.2g} (width {least[0]}, "
            f"batch {least[1]}) and {high:.3g} (width {most[0]}, batch {most[1]}); in "
            f"{slower} of {len(ratios)} cells the GPU is the slower one."
        )
    return " ".join(says)


@plot(SLUG, "inputs", "bars")
def inputs_bars(axes, result: dict) -> str:
    """A bar for each way of feeding the net: its parts, and a mark for both."""
    metrics = result["metrics"]
    known = [(key, label) for key, label in INPUTS if f"{key}_epoch_s" in metrics]

    def values(part):
        return [metrics[f"{key}_{part}_per_image_us"]["median"] for key, _ in known]

    rows = range(len(known))
    axes.figure.set_size_inches(WIDTH / 72, (70 + 42 * len(known)) / 72)
    trained = metrics["training_per_image_us"]["median"]
    alone, copied = values("input"), [0.0] * len(known)
    if copies := metrics.get("copy_per_image_us"):  # it is part of what the input takes
        copied = [min(copies["median"], value) for value in alone]
        copied = [
            0.0 if key == "resident" else copy
            for (key, _), copy in zip(known, copied, strict=True)
        ]
    fetched = [both - copy for both, copy in zip(alone, copied, strict=True)]
    axes.barh(rows, fetched, 0.5, color=D, label="input, alone")
    if copies:
        axes.barh(rows, copied, 0.5, left=fetched, color=E, label="copy to the GPU")
    axes.barh(rows, trained, 0.5, left=alone, color=C, label="training, alone")
    axes.plot(
        values("together"),
        rows,
        "D",
        color=INK,
        markersize=7,
        markeredgecolor=GRID,
        label="both, measured",
    )
    row_names(axes, [label for _, label in known])
    axes.set(xlabel="µs per image")
    axes.set_axisbelow(True)
    legend_below(axes)
    says = [f"Training alone takes {trained:.3g} µs per image."]
    for (key, label), value, both in zip(known, alone, values("together"), strict=True):
        share = round(metrics[f"{key}_share_percent"]["median"])
        part = "the input takes all of the time"
        if share < 100:
            part = f"input is {share} percent"
        says.append(
            f"{label[0].upper()}{label[1:]}: input alone {value:.3g} µs, with training "
            f"{both:.3g} µs, so {part}."
        )
    return " ".join(says)


@plot(SLUG, "launches", "steps")
def launches_steps(axes, result: dict) -> str:
    """Time for the same images over the batch size, and the fit of two costs."""
    measured, fit = result["series"]["measured"], result["series"]["fit"]
    by_batch = list(zip(*measured["y"], strict=True))
    middle = [median(values) for values in by_batch]
    low, high = [min(values) for values in by_batch], [max(v) for v in by_batch]
    x = measured["x"]
    axes.fill_between(x, low, high, color=C, alpha=0.18, linewidth=0)
    axes.plot(x, middle, "o-", color=C, label="measured")
    axes.plot(
        fit["x"], fit["y"][0], "--", color=B, label="fixed cost +\ncost per image"
    )
    axes.set(xscale="log", yscale="log", xlabel="batch (log scale)")
    axes.set(title="ms for all the images (log scale)")
    plain_numbers(axes.xaxis, x[::2])
    plain_numbers(axes.yaxis)
    name_lines(axes)
    metrics = result["metrics"]
    fixed = metrics["fixed_ms_per_step"]["median"]
    return (
        f"The same images in steps of {x[0]} take {middle[0]:,.0f} ms, in steps of "
        f"{x[-1]} {middle[-1]:,.0f} ms. The line of the fit, {fixed:.2g} ms for each "
        f"step and {metrics['per_image_us']['median']:.3g} µs for each image, lies "
        f"within {metrics['fit_off_percent']['median']:.0f} percent of the points."
    )
