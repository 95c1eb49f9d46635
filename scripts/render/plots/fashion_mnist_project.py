"""The plots of lesson 3: the baseline's curve, the experiment log, the references."""

from statistics import mean, median, stdev

from scripts.render.plots.style import (
    INK,
    WIDTH,
    A,
    B,
    C,
    D,
    band,
    flat,
    legend_below,
    name_lines,
    row_names,
)
from scripts.render.registry import plot
from scripts.render.tables import fashion_mnist_project as tables

SLUG = "fashion-mnist-project"
RECIPES = [  # series, name, colour, line, and the name's place from where it ends
    ("textbook", "textbook recipe", B, "--", (0, -40)),
    ("good", "good reference", D, "-", (6, 2)),
]
ENDS = ("early", "late")  # of the runs of the suspects


def last(series: dict) -> float:
    """The median over seeds at the last epoch."""
    return median(values[-1] for values in series["y"])


def whole_epochs(axes, epochs: list[int]) -> None:
    """Ticks at whole epochs, few enough to be read."""
    axes.set_xticks([epoch for epoch in epochs if len(epochs) < 8 or epoch % 4 == 0])
    axes.set_xlabel("epoch")


@plot(SLUG, "baseline_runs", "curve")
def baseline_curve(axes, result: dict) -> str:
    """Loss of the baseline per epoch, on training and on validation images."""
    series = result["series"]
    train, val = series["train_loss"], series["val_loss"]
    band(axes, val, B, "validation")
    band(axes, train, D, "training,\nin eval mode", "--")
    axes.set_title("loss")
    whole_epochs(axes, val["x"])
    name_lines(axes)
    return (
        f"The baseline's loss after each of {len(val['x'])} epochs, {len(val['y'])} "
        f"seeds. On training images it falls to {last(train):.2f}, on validation "
        f"images to {last(val):.2f}; validation accuracy ends at "
        f"{last(series['val_accuracy']):.1f} percent."
    )


@plot(SLUG, "longer", "turn")
def longer_turn(axes, result: dict) -> str:
    """Two panels: validation loss, which turns, and validation accuracy."""
    series, metrics = result["series"], result["metrics"]
    figure = axes.figure
    axes.remove()
    figure.set_size_inches(WIDTH / 72, 330 / 72)
    upper, lower = figure.subplots(2, 1, sharex=True)
    for panel, kind, label in (
        (upper, "loss", "loss"),
        (lower, "accuracy", "accuracy, %"),
    ):
        band(panel, series[f"val_{kind}"], B, "validation")
        band(panel, series[f"train_{kind}"], D, "training,\nin eval mode", "--")
        panel.set_title(label)
    turn = metrics["epoch"]["median"]
    for panel in (upper, lower):
        panel.axvline(turn, color=INK, linewidth=1, linestyle=":")
    upper.margins(y=0.15)
    upper.text(turn + 0.4, upper.get_ylim()[1], "validation is lowest", va="top")
    lower.locator_params("y", nbins=4, steps=(1, 2, 5, 10))
    whole_epochs(lower, series["val_loss"]["x"])
    name_lines(upper)
    name_lines(lower)
    return (
        f"{len(series['val_loss']['x'])} epochs, {len(series['val_loss']['y'])} seeds. "
        f"Above: validation loss is lowest at epoch {turn:.0f} and then rises by "
        f"{metrics['loss_rise_percent']['median']:.0f} percent, while training loss "
        f"falls. Below: validation accuracy is "
        f"{metrics['accuracy_there']['median']:.1f} percent at that epoch and "
        f"{metrics['accuracy_at_end']['median']:.1f} percent at the end; training "
        f"accuracy ends at {metrics['train_accuracy_at_end']['median']:.1f} percent."
    )


@plot(SLUG, "regularise", "variants")
def regularise_variants(axes, result: dict) -> str:
    """A row of points for each variant, a point a seed, on the noise of plain."""
    runs = result["series"]["runs"]
    variants = tables.names(runs, "variant")
    names = [tables.VARIANTS[name] for name in variants]
    scores = [tables.column(runs, "val", variant=name) for name in variants]
    middle, spread = mean(scores[0]), stdev(scores[0])
    axes.axvspan(
        middle - spread,
        middle + spread,
        color=INK,
        alpha=0.12,
        linewidth=0,
    )
    axes.figure.set_size_inches(WIDTH / 72, (75 + 38 * len(names)) / 72)
    axes.set_title("shaded: plain ± its spread")
    rows, means = range(len(names)), [mean(values) for values in scores]
    for row, values in zip(rows, scores, strict=True):
        label = "one seed" if row == 0 else None
        axes.plot(values, [row] * len(values), "o", color=B, alpha=0.6, label=label)
    axes.plot(means, rows, "D", color=INK, label="mean")
    axes.set(xlabel="validation accuracy, %")
    axes.margins(x=0.05)
    row_names(axes, names)
    legend_below(axes)
    inside = [n for n, m in zip(names, means, strict=True) if abs(m - middle) <= spread]
    parts = [f"{n} {m:.2f}" for n, m in zip(names, means, strict=True)]
    return (
        f"Validation accuracy in percent, mean of {len(scores[0])} seeds: "
        f"{', '.join(parts)}. Plain's spread over seeds is {spread:.2f}; the means "
        f"that lie within it: {', '.join(inside)}."
    )


@plot(SLUG, "stuck_runs", "epochs")
def stuck_epochs(axes, result: dict) -> str:
    """The best validation accuracy so far of the baseline and of both suspects."""
    series, says = result["series"], []
    ways = [
        ("baseline", "baseline", C, "-"),
        ("a", "A: no hidden\nlayer", D, "--"),
        ("b", "B: a second\nsoftmax", A, "-."),
    ]
    for key, name, colour, dashes in ways:
        x, seeds = series[key]["x"], series[key]["y"]  # every third epoch is drawn
        thinned = {"x": x[2::3], "y": [values[2::3] for values in seeds]}
        band(axes, thinned, colour, name, dashes)
        ends = [f"{result['metrics'][f'{key}_{at}']['median']:.1f}" for at in ENDS]
        says.append(f"{flat(name)}, {' and '.join(ends)}")
    epochs, seeds = len(series["a"]["x"]), len(series["a"]["y"])
    axes.set(xlabel="epoch", title="best validation accuracy so far, %")
    axes.set_ylim(bottom=78)
    name_lines(axes)
    return (
        f"Best validation accuracy so far over {epochs} epochs, median of {seeds} "
        f"seeds, in percent after a third of them and at the end: {'; '.join(says)}."
    )


@plot(SLUG, "references", "race")
def references_race(axes, result: dict) -> str:
    """Validation accuracy over CPU seconds, a line a seed, and the line of 90 %."""
    says, goal = [], result["settings"]["target"]
    for key, name, colour, dashes, offset in RECIPES:
        runs = tables.column(result["series"]["runs"], "curve", level=key)
        for run in runs:
            seconds, accuracy = zip(*run, strict=True)
            axes.plot(seconds, accuracy, dashes, color=colour)
        axes.annotate(
            name,
            max(run[-1] for run in runs),  # where the longest run ends
            xytext=offset,
            textcoords="offset points",
            ha="left" if offset[0] else "right",
            color=colour,
        )
        firsts = [tables.reaches(run, goal) for run in runs]
        reached = [first for first in firsts if first is not None]
        when = f", after {median(reached):.0f} CPU seconds (median)" if reached else ""
        ends = median(run[-1][0] for run in runs)
        says.append(
            f"The {name}: {len(reached)} of {len(runs)} seeds get there{when}; the "
            f"median run ends after {ends:.0f}."
        )
    axes.axhline(goal, color=INK, linewidth=1, linestyle=":")
    axes.set(xlabel="CPU seconds", title="validation accuracy, %")
    axes.set_xlim(left=0)
    axes.margins(y=0.1)
    return (
        f"Validation accuracy over CPU seconds of training, with a line at {goal:.0f} "
        f"percent. {' '.join(says)}"
    )
